"""What requests carry to show who is asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.account import Secret

if TYPE_CHECKING:
    from starlette.requests import Request


def bearer(request: Request) -> Secret | None:
    """Return the bearer credential of a request (RFC 6750 §2.1); ``None`` where it has none."""
    # Looked for here, for Starlette's mapping of headers takes several times as long, on every request.
    for name, value in request.scope["headers"]:
        if name == b"authorization":
            scheme, _, text = value.decode("latin-1").partition(" ")
            secret = text.strip()
            return Secret(secret) if secret and scheme.lower() == "bearer" else None
    return None
