"""Logging: one JSON object a line on standard error, with secrets taken out."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime
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

_requests = logging.getLogger("certwright.web")


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
            return _without_secrets(value)
        case dict():
            return {
                key: "********" if _is_secret(str(key)) else _redacted(inner) for key, inner in value.items()
            }
        case list() | tuple():
            return [_redacted(inner) for inner in value]
        case _:
            return value


def _without_secrets(text: str) -> str:
    # Most texts are too short for a secret of any form; to look for one in each would take longer than all else.
    is_long = len(text) >= _SHORTEST_SECRET or "://" in text
    return _SECRET_TEXT.sub("********", text) if is_long else text


def _is_secret(name: str) -> bool:
    return _SECRET_KEYS.search(name) is not None


def configure_logging(level: str) -> None:
    """Send every log record of the process, libraries' included, as a JSON line to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(serializer=_encode),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True  # each request has a line of its own


class _RequestLine(msgspec.Struct, kw_only=True):
    """The line of a request, in the form of all others."""

    method: str
    path: str
    status: int
    ms: float
    event: str = "request"
    request_id: str
    level: str = "info"
    logger: str
    timestamp: datetime


def log_request(*, method: str, path: str, status: int, ms: float, request_id: str) -> None:
    """Write the line of a request, which took so many milliseconds.

    By the way of other records it would take a tenth of a search's time, by this one a fiftieth.
    """
    if not _requests.isEnabledFor(logging.INFO):
        return
    line = _RequestLine(
        method=method,
        path=_without_secrets(path),
        status=status,
        ms=ms,
        request_id=request_id,
        logger=_requests.name,
        timestamp=datetime.now(UTC),
    )
    sys.stderr.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stderr.buffer.flush()


def _encode(event: EventDict, **_options: object) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()
