"""Indexes of what comes in no order, digests and names, within groups of rows that came one after the other.

In an index of all of them each would go to a place of its own: in a large book a page read, written and logged for each. So
their indexes begin with the group of a row's number, and the places of new rows lie together. A look asks every group, which
are twelve hundred in a book of ten millions: some milliseconds.
"""

from __future__ import annotations


def in_any_group(number: str, table: str) -> str:
    """Say what a look has to say of the number by which its index is grouped; these are the ids of a table.

    The expression is that of the indexes, or they are not used (migration 0014).
    """
    return f"""{number} / 8192 IN (
WITH RECURSIVE groups (number) AS (
  SELECT (SELECT id / 8192 FROM {table} ORDER BY id LIMIT 1)
  UNION ALL
  SELECT number + 1 FROM groups WHERE number < (SELECT id / 8192 FROM {table} ORDER BY id DESC LIMIT 1)
)
SELECT number FROM groups)"""
