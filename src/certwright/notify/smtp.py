"""E-mail over SMTP.

    smtp://host[:25]     encrypted if the server offers STARTTLS
    smtps://host[:465]   TLS from the first byte (RFC 8314 §3.3), certificate verified

A user name and a password are only sent to a server whose certificate was verified, or to this machine itself: with
``smtp://user:password@host`` STARTTLS is therefore required. Without them, mail is better encrypted to a server that
can't prove its name than not at all (RFC 7435). Secrets appear in no error and no log.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import aiosmtplib

from certwright.domain.account import Secret
from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from certwright.services.ports import Message

_DEFAULT_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    host: str
    port: int
    tls: bool
    username: str | None
    password: Secret | None

    @property
    def is_local(self) -> bool:
        """Whether what is sent stays on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def needs_trust(self) -> bool:
        """Whether the server must prove its name before it is told anything."""
        return self.tls or (self.password is not None and not self.is_local)


class SMTPMailer:
    """Hands messages to the mail server of an SMTP URL, from one sender's address.

    Raises:
        ValueError: the URL or the address can't be used; the message holds no secret.
    """

    def __init__(self, url: str, *, sender: str, timeout: timedelta = timedelta(seconds=20)) -> None:
        self._server = _parse_url(url)
        self._sender = _parse_address(sender)
        self._seconds = timeout.total_seconds()

    async def send(self, message: Message) -> None:
        """Hand the message over.

        Raises:
            Unavailable: the server did not take it, or the recipient is no address.
        """
        server, letter = self._server, self._compose(message)
        try:
            await aiosmtplib.send(
                letter,
                sender=self._sender.addr_spec,
                recipients=[message.recipient],
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password.reveal() if server.password else None,
                use_tls=server.tls,
                start_tls=True if server.needs_trust and not server.tls else None,
                validate_certs=server.needs_trust,
                timeout=self._seconds,
            )
        except (aiosmtplib.SMTPException, OSError) as cause:
            raise Unavailable(
                f"The mail server {server.host}:{server.port} did not take a message ({type(cause).__name__})"
            ) from cause

    def _compose(self, message: Message) -> EmailMessage:
        """Build the e-mail; ``EmailMessage`` and ``Address`` refuse line breaks where none may be."""
        letter = EmailMessage()
        try:
            letter["From"] = self._sender
            letter["To"] = _parse_address(message.recipient)
            letter["Subject"] = message.subject
        except ValueError as cause:
            raise Unavailable(f"A message can't be written: {cause}") from cause
        letter["Date"] = formatdate()
        letter["Message-ID"] = make_msgid(domain=self._sender.domain)
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: keeps vacation notices from answering
        letter.set_content(message.body)
        return letter


def _parse_url(url: str) -> _Server:
    fault = ValueError("The SMTP URL must look like smtp://user:password@host:port or smtps://host")
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise fault from None  # the cause may show the password
    if not parts.hostname or parts.path.strip("/") or (parts.username is None) != (parts.password is None):
        raise fault
    return _Server(
        host=parts.hostname,
        port=port,
        tls=parts.scheme == "smtps",
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else Secret(unquote(parts.password)),
    )


def _parse_address(text: str) -> Address:
    try:
        address = Address(addr_spec=text)
    except (ValueError, MessageError, IndexError) as cause:
        raise ValueError(f"{text!r} is not an e-mail address") from cause
    if not address.username or not address.domain:
        raise ValueError(f"{text!r} is not an e-mail address")
    return address
