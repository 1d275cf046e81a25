"""Control proved by e-mail: the mail to an approver, and the answer on our page.

The mail carries a code of more than 256 random bits, different for every mail; only its hash is stored. The code
opens a page that shows what is approved; confirming there spends the code (BR §3.2.2.4.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain import rules
from certwright.domain.account import Secret
from certwright.domain.dcv import RANDOM_VALUE_LIFETIME, DCVMethod, Validation, ValidationStatus
from certwright.domain.errors import Conflict, LimitExceeded, NotFound
from certwright.services.ports import JobKind, Message
from certwright.services.retrying import again_when_stale
from certwright.services.validation import enqueue_approval_emails, next_mail_at, proved, wake_domains
from certwright.services.visibility import get_order

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.ids import OrderId, ValidationId
    from certwright.domain.order import Order
    from certwright.services.ports import Clock, Mailer, Store, UnitOfWork

APPROVAL_PATH = "/validation/approve"
"""Where the approval page is served."""

_UNKNOWN_CODE = (
    "This approval link is not valid: it was used already, has run out, or was replaced by a newer one"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingApproval:
    """What an approver is asked to confirm; without an order, control of the domain alone."""

    validation: Validation
    order: Order | None


class ApproverEmails:
    """Mails approvers and takes their answers."""

    def __init__(self, store: Store, clock: Clock, mailer: Mailer, *, base_url: str) -> None:
        self._store = store
        self._clock = clock
        self._mailer = mailer
        self._base_url = base_url

    async def send(self, validation_id: ValidationId) -> None:
        """Mail a link to the approver of a validation that still waits; otherwise do nothing.

        Raises:
            Unavailable: the mail server did not take the mail.
        """
        now = self._clock.now()
        code = Secret.generate()
        async with self._store.writing() as work:
            validation = await work.validations.find(validation_id)
            if validation is None or not _waits(validation, now):
                return
            order = await _order_of(work, validation)
            await work.validations.add_approval(
                code.digest(), validation.id, sent_at=now, expires_at=now + RANDOM_VALUE_LIFETIME
            )
        await self._mailer.send(self._message(validation, order, code))

    async def send_again(self, caller: Caller, order_id: OrderId) -> None:
        """Have all approvers of an order mailed again whose answer is missing.

        Raises:
            NotFound: no such order in this account.
            Conflict: no name of the order waits for an approver.
            LimitExceeded: they were mailed a moment ago.
        """
        now = self._clock.now()
        async with self._store.writing() as work:
            order = await get_order(work, caller, order_id)
            pause = await next_mail_at(work, order, now) - now
            if pause:
                raise LimitExceeded(
                    "The approvers were mailed a moment ago",
                    retry_after_seconds=math.ceil(pause.total_seconds()),
                )
            if not await enqueue_approval_emails(work, order, now):
                raise Conflict("No name of the order waits for an approver's e-mail")

    async def last_mail_at(self, caller: Caller, order_id: OrderId) -> datetime | None:
        """Return when an approver of an order was last mailed.

        Raises:
            NotFound: no such order in this account.
        """
        async with self._store.reading() as work:
            order = await get_order(work, caller, order_id)
            return await work.validations.find_last_mail(order.id)

    async def show(self, code: Secret) -> PendingApproval:
        """Return what a code approves.

        Raises:
            NotFound: the code is unknown, spent or has run out, or its order no longer waits.
        """
        async with self._store.reading() as work:
            return await self._pending(work, code)

    @again_when_stale
    async def confirm(self, code: Secret) -> PendingApproval:
        """Spend a code, record the proof and wake the order.

        Raises:
            NotFound: as for ``show``.
        """
        now = self._clock.now()
        async with self._store.writing() as work:
            approval = await self._pending(work, code)
            if not await work.validations.use_approval(code.digest(), now):
                raise NotFound("approval", message=_UNKNOWN_CODE)
            validation = approval.validation
            # The address lies at the FQDN or a parent of it: the approval reaches as far as that domain does.
            address_domain = (validation.approver_email or "").rpartition("@")[2] or validation.domain
            await work.validations.save(proved(validation, address_domain, now))
            if validation.order_id is not None:
                await work.jobs.enqueue(JobKind.ADVANCE_ORDER, validation.order_id, now)
            await wake_domains(work, validation.account_id, address_domain, now)
        return approval

    async def _pending(self, work: UnitOfWork, code: Secret) -> PendingApproval:
        now = self._clock.now()
        validation_id = await work.validations.find_approval(code.digest(), now)
        validation = await work.validations.find(validation_id) if validation_id is not None else None
        if validation is None or not _waits(validation, now):
            raise NotFound("approval", message=_UNKNOWN_CODE)
        return PendingApproval(validation=validation, order=await _order_of(work, validation))

    def _message(self, validation: Validation, order: Order | None, code: Secret) -> Message:
        link = f"{self._base_url}{APPROVAL_PATH}"
        return Message(
            recipient=validation.approver_email or "",
            subject=f"Approve {'a TLS certificate' if order else 'TLS certificates'} for {validation.domain}",
            body=(
                f"{_request(validation, order)}"
                f"To look at the request and approve it, open\n\n"
                f"  {link}?code={code.reveal()}\n\n"
                f"or enter this code at {link}:\n\n  {code.reveal()}\n\n"
                f"If you did not expect this mail, do nothing: without your approval no certificate is issued.\n"
                f"The link works once, until {validation.value_expires_at:%Y-%m-%d}.\n"
            ),
        )


async def _order_of(work: UnitOfWork, validation: Validation) -> Order | None:
    if validation.order_id is None:
        return None
    return await work.orders.get(validation.account_id, validation.order_id)


def _request(validation: Validation, order: Order | None) -> str:
    if order is None:
        return (
            f"Somebody wants to order TLS certificates for {validation.domain} and names below it.\n\n"
            f"This mail asks you, as a contact of {validation.domain}, whether that is right.\n"
        )
    names = "\n".join(f"  {name.identifier}" for name in order.names)
    return (
        f"Somebody has ordered a TLS certificate for these names:\n\n{names}\n\n"
        f"This mail asks you, as a contact of {validation.domain}, whether the certificate may be issued.\n"
    )


def _waits(validation: Validation, at: datetime) -> bool:
    return (
        validation.status is ValidationStatus.PENDING
        and validation.method is DCVMethod.EMAIL
        and at < validation.value_expires_at
        and at < rules.EMAIL_METHODS_END_AT
    )
