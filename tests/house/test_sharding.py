"""What stands between this schema and one split by account, counted so that it does not grow unnoticed.

Everything that an account sees is to fit on one shard. So a row says whose it is, or belongs to one that does; and what
has to be unique is unique within an account, or is something that shards can agree on without asking one another.
Decision 0009 tells what would be done about each.
"""

from __future__ import annotations

import re

from tests.house.project import SOURCE

# Tables whose rows name no account, and by what they belong to one.
WITHOUT_ACCOUNT = {
    "accounts": "it is the account",
    "access_tokens": "the key",
    "approval_codes": "the validation",
    "authorities": "shared: every shard has them all",
    "compromised_keys": "shared: what one shard learns has to be told to all",
    "delivery_attempts": "the subscription",
    "held_changes": "the subscription",
    "jobs": "the subject, which is an order in most kinds",
    "ledger_entries": "the transaction",
    "number_blocks": "the database: each shard hands out numbers of its own range",
    "organization_validations": "the organization",
    "webhook_events": "the webhook",
}
# What has to be unique among all accounts, and why that holds without asking other shards.
UNIQUE_AMONG_ALL = {
    "accounts.name": "made by the operator, who would need a directory of accounts anyway",
    "api_keys.username": "as the account's name",
    "api_keys.secret_hash": "256 random bits",
    "certificates.authority_id": "with the serial number, which is random",
    "ledger_transactions.reference": "names an order, whose number is one among all",
}

_COMMENT = re.compile(r"--[^\n]*")
_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n\);", re.DOTALL)
_UNIQUE_COLUMN = re.compile(r"^\s*(\w+) [A-Z][^,\n]*\bUNIQUE\b", re.MULTILINE)
_UNIQUE_TOGETHER = re.compile(r"^\s*UNIQUE \((\w+)", re.MULTILINE)


def _tables() -> dict[str, str]:
    files = sorted((SOURCE / "store" / "migrations").glob("*.sql"))
    text = _COMMENT.sub("", "\n".join(file.read_text(encoding="utf-8") for file in files))
    assert "CREATE UNIQUE INDEX" not in text, "say UNIQUE in the table, where this test sees it"
    return dict(_TABLE.findall(text))


def test_rows_say_whose_they_are() -> None:
    tables = _tables()
    assert len(tables) > 2 * len(WITHOUT_ACCOUNT)
    found = {name for name, body in tables.items() if not re.search(r"\baccount_id\b", body)}
    assert found == WITHOUT_ACCOUNT.keys()


def test_what_is_unique_is_so_within_an_account() -> None:
    found = {
        f"{name}.{column}"
        for name, body in _tables().items()
        for column in (*_UNIQUE_COLUMN.findall(body), *_UNIQUE_TOGETHER.findall(body))
        if column != "account_id"
    }
    assert found == UNIQUE_AMONG_ALL.keys()
