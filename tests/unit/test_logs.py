"""Logs: one JSON object a line, and no secret in any of them."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
import structlog

from certwright.domain.account import Secret
from certwright.logs import configure_logging, redact

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = Secret.generate().reveal()
KEY = "-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, access = root.handlers[:], root.level, logging.getLogger("uvicorn.access").disabled
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = access


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        ({"password": "x"}, {"password": "********"}),
        ({"X-DC-DevKey_api_key": 5}, {"X-DC-DevKey_api_key": "********"}),
        ({"event": f"key {OURS} used"}, {"event": "key ******** used"}),
        ({"event": f"before {KEY} after"}, {"event": "before ******** after"}),
        ({"url": "postgresql://ada:p@ss/w:rd@db.example/x"}, {"url": "postgresql://********@db.example/x"}),
        ({"url": "http://example.com/path"}, {"url": "http://example.com/path"}),
        ({"body": {"token": "x", "a": [OURS, 1]}}, {"body": {"token": "********", "a": ["********", 1]}}),
        ({"count": 5, "name": "www.example.com"}, {"count": 5, "name": "www.example.com"}),
    ],
)
def test_secrets_become_stars(event: dict[str, object], shown: dict[str, object]) -> None:
    assert redact(None, "info", event) == shown


def test_every_record_is_a_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    logging.getLogger("some.library").warning("it %s", "happened", extra={"password": "x"})
    logging.getLogger("some.library").debug("not shown")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        logging.getLogger("certwright.web").info("request %s", OURS)
    first, second = lines(capsys)
    assert (first["event"], first["level"], first["logger"]) == ("it happened", "warning", "some.library")
    assert first["password"] == "********"
    assert (second["event"], second["request_id"]) == ("request ********", "r1")
    assert "timestamp" in second


def test_our_own_loggers_write_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    log = structlog.get_logger("certwright.web")
    log.debug("not shown")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        log.info("request", path=f"/{OURS}", password="x", seen={1})
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["logger"], line["request_id"]) == (
        "request",
        "info",
        "certwright.web",
        "r1",
    )
    assert (line["path"], line["password"], line["seen"]) == ("/********", "********", [1])
    assert "timestamp" in line


def test_traceback_is_logged_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug")

    def fail() -> None:
        raise ValueError(f"bad {OURS} at postgresql://ada:hunter2@db/x")

    try:
        fail()
    except ValueError:
        logging.getLogger("certwright").exception("failed")
    (line,) = lines(capsys)
    assert "ValueError: bad ********" in str(line["exception"])
    assert "hunter2" not in json.dumps(line)
    assert OURS not in json.dumps(line)


def test_access_log_of_the_server_is_off() -> None:
    configure_logging("info")
    assert logging.getLogger("uvicorn.access").disabled
