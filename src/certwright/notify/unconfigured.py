"""What stands in for a mailer where no mail server is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from certwright.services.ports import Message


class UnconfiguredMailer:
    """Refuses every message, so that nobody waits for mail that can't come."""

    async def send(self, message: Message) -> None:
        """Refuse the message.

        Raises:
            Unavailable: always.
        """
        raise Unavailable(
            f"No mail server is configured (CERTWRIGHT_SMTP_URL), so {message.recipient} was not written to"
        )
