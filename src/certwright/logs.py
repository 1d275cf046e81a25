"""Logging: one JSON object a line on standard error, with secrets taken out."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET_KEYS = re.compile(r"password|secret|token|api_?key|passphrase|authorization|private", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----"
    r"|(?<=://)[^\s\"'<>]+(?=@)"  # user and password of a URL, whatever the password holds
    r"|\b[A-Z0-9]{52}\b)",  # the form of our own secrets
    re.DOTALL,
)

_SHORTEST_SECRET = 52
"""The form of our own secrets; the heads of a private key alone are as long."""


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put stars in place of what looks like a secret, by its name or by its form."""
    for key, value in event.items():
        if _is_secret(key) and key != "event":
            event[key] = "********"
        else:
            event[key] = _redacted(value)
    return event


def _redacted(value: object) -> object:
    match value:
        case str():
            # Most texts are too short for a secret of any form; to look for one in each took a third of a line's time.
            is_long = len(value) >= _SHORTEST_SECRET or "://" in value
            return _SECRET_TEXT.sub("********", value) if is_long else value
        case dict():
            return {
                key: "********" if _is_secret(str(key)) else _redacted(inner) for key, inner in value.items()
            }
        case list() | tuple():
            return [_redacted(inner) for inner in value]
        case _:
            return value


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return _SECRET_KEYS.search(name) is not None


def _stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say when; to format it here, as the library's own stamp does, would take a quarter of a line's time."""
    event["timestamp"] = datetime.now(UTC)
    return event


def configure_logging(level: str) -> None:
    """Send every log record of the process, libraries' included, as a JSON line to standard error.

    Our own loggers write by themselves: a line for each request through the library's records would cost a tenth of it.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _stamp,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, redact, structlog.processors.JSONRenderer(serializer=_encode)],
        logger_factory=_LineWriter,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            structlog.processors.JSONRenderer(serializer=_encode_text),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True  # web/app logs each request itself


class _LineWriter(structlog.BytesLogger):
    """Writes lines for the logger of a name."""

    def __init__(self, name: str = "") -> None:
        super().__init__(sys.stderr.buffer)
        self.name = name


def _encode(event: EventDict, **_options: object) -> bytes:
    return msgspec.json.encode(event, enc_hook=repr)


def _encode_text(event: EventDict, **_options: object) -> str:
    return _encode(event).decode()
