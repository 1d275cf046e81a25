"""The account that a benchmark works in: its credentials, its contact, and a domain that it has proved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.contact import ContactKind
from certwright.domain.dcv import DCVMethod, Validation, ValidationStatus
from certwright.domain.ids import OrderId, ValidationId
from certwright.domain.organization import Address
from certwright.services.contacts import NewContact
from certwright.services.ports import NumberKind
from certwright.web.webnic.translate.ids import contact_id_text

if TYPE_CHECKING:
    from certwright.bootstrap import Program
    from certwright.domain.account import Caller
    from certwright.domain.ids import ContactId
    from certwright.services.accounts import NewAccount

PROVED_DOMAIN = "proved.example"
"""Names below it need no proof any more."""

_FRESH = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An account as its client knows it, and the numbers that rows refer to."""

    account: NewAccount
    caller: Caller
    contact_id: ContactId
    authority_id: int

    @property
    def account_id(self) -> int:
        """The account's number."""
        return self.account.account.id

    @property
    def key_id(self) -> int:
        """The number of the WebNIC user."""
        return self.account.webnic.key.id

    @property
    def contact_text(self) -> str:
        """The contact as WebNIC clients name it."""
        return contact_id_text(self.contact_id)


async def make_holder(program: Program, name: str) -> Holder:
    """Make an account with a contact and a proved domain."""
    account = await program.use.accounts.create(name)
    caller = await program.use.accounts.authenticate_key(account.digicert.secret)
    address = Address(
        line1="1 Jalan Satu", city="Kuala Lumpur", state="WP", postal_code="50000", country="MY"
    )
    contact = NewContact(
        kind=ContactKind.ADMINISTRATOR,
        first_name="Ada",
        last_name="Admin",
        company="Bench Sdn Bhd",
        email="ada@example.com",
        phone="+60.312345678",
        address=address,
    )
    (made,) = await program.use.contacts.create(caller, [contact])
    async with program.store.reading() as work:
        authorities = await work.authorities.list_all()
    await _prove(program, caller)
    return Holder(account=account, caller=caller, contact_id=made.id, authority_id=authorities[-1].id)


async def _prove(program: Program, caller: Caller) -> None:
    (number,) = await program.store.allot(NumberKind.VALIDATION)
    now = program.use.clock.now()
    validation = Validation(
        id=ValidationId(number),
        account_id=caller.account_id,
        order_id=OrderId(1),
        domain=PROVED_DOMAIN,
        method=DCVMethod.DNS_TXT,
        status=ValidationStatus.VALID,
        random_value="0" * 32,
        value_expires_at=now + _FRESH,
        created_at=now,
        proved_domain=PROVED_DOMAIN,
        validated_at=now,
        reusable_until=now + _FRESH,
    )
    async with program.store.writing() as work:
        await work.validations.add(validation)
