"""Golden pairs: a request and the answer it must get, kept as a text file that reads like HTTP.

    # Origin: the page of the manual, or the finding, that asks for this
    # Given: the state to start from, by name (optional)
    POST /some/path
    Content-Type: application/json

    {"the": "body, sent as it stands"}
    ---
    200
    Content-Type: application/json

    {"the": "answer", "random": "~[a-z0-9]{32}"}

A text that begins with ``~`` in the answer is a pattern for what can't be known. Everything else has to be equal: keys, their order,
types and values. A header is compared only where the file names it, as is a body.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

_SEPARATOR = "\n---\n"


@dataclass(frozen=True, kw_only=True)
class Golden:
    """One pair."""

    origin: str
    given: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    status: int
    answer_headers: dict[str, str]
    answer: str | None


def read_golden(path: Path) -> Golden:
    """Read a pair from its file."""
    asked, _, answered = path.read_text(encoding="utf-8").partition(_SEPARATOR)
    notes = dict(re.findall(r"^# (\w+): (.+)$", asked, re.MULTILINE))
    first, headers, body = _message(
        "\n".join(line for line in asked.split("\n") if not line.startswith("# "))
    )
    status, answer_headers, answer = _message(answered)
    method, _, target = first.partition(" ")
    return Golden(
        origin=notes["Origin"],
        given=notes.get("Given", "nothing"),
        method=method,
        path=target,
        headers=headers,
        body=None if body is None else body.encode(),
        status=int(status),
        answer_headers=answer_headers,
        answer=answer,
    )


def check_answer(golden: Golden, response: httpx2.Response) -> None:
    """Compare an answer with what the file asks for."""
    assert response.status_code == golden.status, response.text
    for name, value in golden.answer_headers.items():
        assert response.headers.get(name) == value
    if golden.answer is not None:
        check_same(json.loads(golden.answer), json.loads(response.text))


def check_same(expected: Any, actual: Any, where: str = "$") -> None:
    """Compare JSON values: keys and their order, types, values, and patterns after ``~``."""
    if isinstance(expected, str) and expected.startswith("~"):
        assert isinstance(actual, str), where
        assert re.fullmatch(expected[1:], actual, re.DOTALL), (
            f"{where}: {actual!r} does not match {expected!r}"
        )
        return
    assert type(expected) is type(actual), f"{where}: {expected!r} is not {actual!r}"
    if isinstance(expected, dict):
        assert list(actual) == list(expected), where
        for key, value in expected.items():
            check_same(value, actual[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert len(actual) == len(expected), where
        for index, value in enumerate(expected):
            check_same(value, actual[index], f"{where}[{index}]")
    else:
        assert actual == expected, where


def _message(text: str) -> tuple[str, dict[str, str], str | None]:
    head, blank, body = text.strip("\n").partition("\n\n")
    first, *lines = head.split("\n")
    headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return first, headers, body if blank else None
