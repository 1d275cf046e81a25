"""A mail server on loopback that keeps what it is sent."""

from __future__ import annotations

import asyncio
import email
import email.policy
from typing import TYPE_CHECKING, Any, Self

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from email.message import EmailMessage


class MailSink:
    """Takes every message, unless ``refusal`` holds a reply to give instead.

    ``received`` holds the messages, ``envelopes`` the recipients of each, ``logins`` the user names and passwords.
    """

    def __init__(self, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.received: list[EmailMessage] = []
        self.envelopes: list[list[str]] = []
        self.logins: list[tuple[str, str]] = []
        self.refusal: str | None = None
        self._starttls = starttls
        self._tls = tls

    @property
    def url(self) -> str:
        return f"{'smtps' if self._tls else 'smtp'}://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        def session() -> SMTP:
            return SMTP(
                self,
                hostname="sink.test",
                tls_context=self._starttls,
                authenticator=self._authenticate,
                auth_require_tls=False,
                loop=loop,
            )

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(session, self.host, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusal is not None:
            return self.refusal
        message = email.message_from_bytes(
            envelope.content.replace(b"\r\n", b"\n"), policy=email.policy.default
        )
        self.received.append(message)
        self.envelopes.append(list(envelope.rcpt_tos))
        return "250 OK"

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        username, password = data.login.decode(), data.password.decode()
        self.logins.append((username, password))
        return AuthResult(success=password != "wrong", handled=password != "wrong")


@pytest.fixture
async def mail_sink() -> AsyncIterator[MailSink]:
    async with MailSink() as sink:
        yield sink
