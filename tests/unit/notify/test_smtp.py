"""Mail reaches its one recipient, and its secrets reach nobody."""

from __future__ import annotations

import traceback
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import Unavailable
from certwright.notify.smtp import SMTPMailer
from certwright.services.ports import Message
from tests.support.mail_sink import MailSink

if TYPE_CHECKING:
    import ssl

SENDER = "certwright@sender.test"
MESSAGE = Message(
    recipient="admin@example.test",
    subject="Köln: please approve",
    body="Line one\nhttps://ca.test/approve?code=" + "x" * 100 + "\n.\nGrüße\n",
)


def _mailer(url: str) -> SMTPMailer:
    return SMTPMailer(url, sender=SENDER, timeout=timedelta(seconds=5))


async def test_message_arrives_as_it_was(mail_sink: MailSink) -> None:
    await _mailer(mail_sink.url).send(MESSAGE)
    (letter,) = mail_sink.received
    assert mail_sink.envelopes == [["admin@example.test"]]
    assert (letter["From"], letter["To"], letter["Subject"]) == (SENDER, MESSAGE.recipient, MESSAGE.subject)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@sender.test>")
    assert letter["Date"]
    assert letter.get_content() == MESSAGE.body
    assert letter.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    "recipient",
    [
        "admin@example.test, spy@attacker.test",
        "admin@example.test\r\nBcc: spy@attacker.test",
        "admin@example.test\nRCPT TO:<spy@attacker.test>",
        "admin@example.test>",
        "@example.test",
        "admin",
        "",
    ],
)
async def test_recipient_that_is_not_one_address_is_refused(mail_sink: MailSink, recipient: str) -> None:
    with pytest.raises(Unavailable, match="is not an e-mail address"):
        await _mailer(mail_sink.url).send(Message(recipient=recipient, subject="s", body="b"))
    assert mail_sink.received == []


async def test_subject_cannot_smuggle_headers(mail_sink: MailSink) -> None:
    with pytest.raises(Unavailable, match="can't be written"):
        await _mailer(mail_sink.url).send(
            Message(recipient="admin@example.test", subject="s\r\nBcc: spy@attacker.test", body="b")
        )
    assert mail_sink.received == []


async def test_login_on_this_machine_needs_no_tls(mail_sink: MailSink) -> None:
    await _mailer(f"smtp://user%40host:p%2Fss@127.0.0.1:{mail_sink.port}").send(MESSAGE)
    assert mail_sink.logins == [("user@host", "p/ss")]
    assert len(mail_sink.received) == 1


async def test_refused_login_shows_no_secret(mail_sink: MailSink) -> None:
    mailer = _mailer(f"smtp://someone:wrong@127.0.0.1:{mail_sink.port}")
    with pytest.raises(Unavailable, match="SMTPAuthenticationError") as caught:
        await mailer.send(MESSAGE)
    assert "wrong" not in str(caught.value) + repr(mailer) + repr(mailer._server)
    assert "wrong" not in "".join(traceback.format_exception(caught.value))


async def test_starttls_is_used_when_offered_even_untrusted(untrusted_tls: ssl.SSLContext) -> None:
    """RFC 7435: without a password to lose, some encryption is better than none."""
    async with MailSink(starttls=untrusted_tls) as sink:
        await _mailer(sink.url).send(MESSAGE)
        assert len(sink.received) == 1


async def test_password_is_not_sent_in_the_clear(
    mail_sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A man in the middle may take STARTTLS out of the offer."""
    monkeypatch.setattr("certwright.notify.smtp._Server.is_local", False)
    with pytest.raises(Unavailable):
        await _mailer(f"smtp://someone:secret@127.0.0.1:{mail_sink.port}").send(MESSAGE)
    assert mail_sink.logins == []


async def test_password_is_not_sent_to_an_untrusted_server(
    untrusted_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certwright.notify.smtp._Server.is_local", False)
    async with MailSink(starttls=untrusted_tls) as sink:
        with pytest.raises(Unavailable):
            await _mailer(f"smtp://someone:secret@127.0.0.1:{sink.port}").send(MESSAGE)
        assert sink.logins == []


async def test_smtps_asks_for_a_trusted_certificate(untrusted_tls: ssl.SSLContext) -> None:
    async with MailSink(tls=untrusted_tls) as sink:
        with pytest.raises(Unavailable):
            await _mailer(sink.url).send(MESSAGE)
        assert sink.received == []


@pytest.mark.parametrize("reply", ["451 later", "550 never"])
async def test_refused_message_is_unavailable(mail_sink: MailSink, reply: str) -> None:
    mail_sink.refusal = reply
    with pytest.raises(Unavailable, match="did not take a message"):
        await _mailer(mail_sink.url).send(MESSAGE)


async def test_absent_server_is_unavailable() -> None:
    async with MailSink() as sink:
        url = sink.url
    with pytest.raises(Unavailable, match=r"The mail server 127\.0\.0\.1:\d+ did not take a message"):
        await _mailer(url).send(MESSAGE)


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "local"),
    [
        ("smtp://mail.test", "mail.test", 25, False, False),
        ("smtps://mail.test/", "mail.test", 465, True, False),
        ("smtp://localhost:2525", "localhost", 2525, False, True),
        ("smtp://[::1]:2525", "::1", 2525, False, True),
    ],
)
def test_urls_are_read(url: str, host: str, port: int, tls: bool, local: bool) -> None:
    server = _mailer(url)._server
    assert (server.host, server.port, server.tls, server.is_local) == (host, port, tls, local)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.test",
        "http://user:hunter2@mail.test",
        "smtp://user:hunter2@mail.test:port",
        "smtp://user:hunter2@mail.test:99999",
        "smtp://user:hunter2@",
        "smtp://user@mail.test",
        "smtp://user:hunter2@mail.test/inbox",
    ],
)
def test_unusable_url_is_told_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="must look like smtp://user:password@host:port") as caught:
        _mailer(url)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value, chain=True)).replace(
        repr(url), ""
    )


@pytest.mark.parametrize("sender", ["", "nobody", "a@b.test\nBcc: c@d.test", "a@"])
def test_unusable_sender_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match="is not an e-mail address"):
        SMTPMailer("smtp://mail.test", sender=sender)
