"""Without a mail server, sending fails at once and says which setting is missing."""

import pytest

from certwright.domain.errors import Unavailable
from certwright.notify.unconfigured import UnconfiguredMailer
from certwright.services.ports import Message


async def test_sending_names_the_missing_setting() -> None:
    with pytest.raises(Unavailable, match=r"No mail server is configured \(CERTWRIGHT_SMTP_URL\)"):
        await UnconfiguredMailer().send(Message(recipient="a@example.test", subject="s", body="b"))
