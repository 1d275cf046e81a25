"""What SQL in the store may not say, so that SQLite, PostgreSQL and what speaks its protocol can all carry it.

CockroachDB and YugabyteDB lack or discourage the constructs below, sharding breaks others, and SQLite does not know most of
them. The rules read the text of statements, in .sql files and in strings of Python files; names put in by an f-string are
read as `{}`. Doc strings, SQL comments and the contents of SQL strings do not count.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# Any text that a statement, or a piece of one, would contain. Capitals are our own convention for SQL's words, so a
# sentence for people is not taken for SQL.
_LOOKS_LIKE_SQL = re.compile(
    r"\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|FROM|WHERE|VALUES|TABLE|LOCK|LOCKED|CONFLICT|LISTEN|NOTIFY|CALL)\b"
    r"|^\s*(?:select|insert|update|delete|create|alter|drop|lock|listen|notify|call)\s",
    re.MULTILINE,
)

# Each rule: what it finds, and what is wrong with it.
_FORBIDDEN: tuple[tuple[str, str], ...] = (
    (r"\bpg_(?:try_)?advisory", "advisory locks do nothing on CockroachDB"),
    (r"\b(?:UN)?LISTEN\b|\bNOTIFY\b|\bpg_notify\b", "LISTEN and NOTIFY exist on PostgreSQL alone"),
    (r"\bTRIGGER\b", "no triggers: what happens is written in the code"),
    (r"\b(?:PROCEDURE|FUNCTION)\b|\bCALL\s+\w|\bDO\s+\$", "no stored procedures"),
    (
        r"\bFOREIGN\s+(?:DATA|TABLE)\b|\bCREATE\s+SERVER\b|\b(?:postgres_fdw|dblink)\b",
        "no foreign-data wrappers",
    ),
    (r"\bDEFERRABLE\b|\bINITIALLY\s+DEFERRED\b", "no deferrable constraints"),
    (r"\bEXCLUDE\b", "no exclusion constraints"),
    (r"\bINHERITS\b", "no table inheritance"),
    (r"\bLOCK\s+(?:TABLE\b|\S+\s+IN\b)", "no table locks"),
    (
        r"\b(?:CREATE|ALTER)\s+SEQUENCE|\b(?:next|curr|set)val\b|\b(?:BIG|SMALL)?SERIAL\b|\b(?:AUTOINCREMENT|IDENTITY)\b",
        "no sequences: they leave gaps and are a hot spot; numbers are handed out by the application",
    ),
    (r"\bON\s+CONFLICT(?!\s*\()", "ON CONFLICT names its columns"),
    (r"\bINSERT\s+OR\s+\w+|\bREPLACE\s+INTO\b", "INSERT OR … is SQLite's alone: use ON CONFLICT (columns)"),
    (r"\bUSING\s+GIN\s*\([^,)]*,", "no GIN index over several columns"),
    (
        r"\bmax\s*\(\s*(?:\w+\.)?(?:\w*_?id|sequence|edit)\s*\)",
        "numbers, and the order of the log, come from counters and never from max(id)",
    ),
    (r"\bCREATE\s+EXTENSION\b", "no extensions: not every engine has them"),
    (
        r"\b(?:ctid|xmin|xmax|tableoid|rowid)\b|\btxid_\w+|\bpg_(?:current|last|snapshot|xact|wal)\w*",
        "no columns and functions of one engine's inside, such as its commit numbers",
    ),
)
# What is right in some files alone: the pattern, the files, and what is wrong with it elsewhere.
_KEPT_TO_FILES: tuple[tuple[str, frozenset[str], str], ...] = (
    (
        # PostgreSQL's engine holds the clause, since SQLite has none; test_sql.py checks that only the job claim uses it.
        r"\bSKIP\s+LOCKED\b",
        frozenset({"jobs", "postgres_engine"}),
        "SKIP LOCKED belongs to the job claim alone",
    ),
    (
        r"\bOFFSET\b",
        frozenset({"book_reader", "changed_orders", "order_search", "organizations", "requests"}),
        "OFFSET walks over what it leaves out: only pages that people turn have it, and a look at how large a book is",
    ),
    (
        r"\bcount\s*\(",
        frozenset({"order_search", "organizations", "requests", "statistics", "subscriptions"}),
        "counting reads all that it counts: only searches, statistics and a handful of subscriptions are counted",
    ),
)
_FILES_OF_MIGRATIONS = re.compile(r"\d{4}_")

_CREATE_TABLE = re.compile(r"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\S+?)\s*\(([^;]*)", re.IGNORECASE)


def sql_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Give the line and the text of everything in the file that is SQL."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".sql":
        yield 1, text
        return
    for line, string in _strings(ast.parse(text, filename=str(path))):
        if _LOOKS_LIKE_SQL.search(string):
            yield line, string


def find_faults(sql: str, *, file_stem: str = "") -> list[str]:
    """List what is wrong with a piece of SQL that stands in the file of that name."""
    bare = _strip(sql)
    faults = [reason for pattern, reason in _FORBIDDEN if re.search(pattern, bare, re.IGNORECASE)]
    faults += [
        reason
        for pattern, files, reason in _KEPT_TO_FILES
        if file_stem not in files
        and not _FILES_OF_MIGRATIONS.match(file_stem)  # run once, while nobody waits
        and re.search(pattern, bare, re.IGNORECASE)
    ]
    faults += [
        f"table {name} has no primary key"
        for name, body in _CREATE_TABLE.findall(bare)
        if not re.search(r"\bPRIMARY\s+KEY\b", body, re.IGNORECASE)
    ]
    return faults


def _strip(sql: str) -> str:
    """Take out comments and the contents of strings."""
    without_strings = re.sub(r"'(?:[^']|'')*'", "''", sql)
    return re.sub(r"--[^\n]*|/\*.*?\*/", " ", without_strings, flags=re.DOTALL)


def _strings(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Give every string of the module once; the parts of an f-string count as one, lone strings (doc strings) not at all."""
    lone = {node.value for node in ast.walk(module) if isinstance(node, ast.Expr)}
    joined = [node for node in ast.walk(module) if isinstance(node, ast.JoinedStr)]
    parts = {part for node in joined for part in ast.walk(node) if part is not node}
    for node in ast.walk(module):
        if node in lone or node in parts:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            texts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield node.lineno, "".join(map(str, texts))
