"""Customers that are alike but for their numbers, and what the database holds of each, told without those numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from certwright.domain.contact import ContactKind
from certwright.domain.custom_field import ValueType
from certwright.domain.ids import ContactId, CustomFieldId, OrderId, OrganizationId
from certwright.domain.product import ValidationLevel
from certwright.domain.status import OrderStatus
from certwright.services.annotations import FieldChange
from certwright.services.contacts import NewContact
from certwright.services.ports import JobKind, NumberKind
from certwright.services.validation import proved
from certwright.store.certificates import COLUMNS as CERTIFICATE_COLUMNS
from certwright.store.changes import COLUMNS as CHANGE_COLUMNS
from certwright.store.orders import COLUMNS as ORDER_COLUMNS
from certwright.store.requests import _COLUMNS as REQUEST_COLUMNS
from certwright.store.validations import _COLUMNS as VALIDATION_COLUMNS
from tests.support.book import ADDRESS, add_order, issued, order, organization, validation

if TYPE_CHECKING:
    from certwright.domain.account import ApprovalPolicy, Caller
    from certwright.store.engine import Connection
    from tests.support.server import Server

NOWHERE = 2**31 - 1
"""The number of nothing."""

PROVED_DOMAIN = "proved.example"

CONTACT = NewContact(
    kind=ContactKind.ADMINISTRATOR,
    first_name="Ada",
    last_name="Admin",
    company="Example Sdn. Bhd.",
    email="ada@example.com",
    phone="+60.312345678",
    address=ADDRESS,
)


@dataclass(frozen=True, kw_only=True)
class Customer:
    """An account and what its orders may name, the good things first, then what is foreign, missing or impossible."""

    caller: Caller
    contacts: tuple[ContactId, ...]
    organizations: tuple[OrganizationId, ...]
    """Unchecked, checked for OV, switched off, missing, impossible."""
    fields: tuple[CustomFieldId, ...]
    renewable: tuple[OrderId, ...]


async def new_customer(
    server: Server, *, approval: ApprovalPolicy, credit_limit_cents: int | None
) -> Customer:
    """Make an account that has proved ``PROVED_DOMAIN``."""
    use, store = server.program.use, server.program.store
    (number,) = await store.allot(NumberKind.NOTE)  # for a name that nobody has
    made = await use.accounts.create(f"Customer {number}", approval=approval)
    caller = await use.accounts.authenticate_key(made.digicert.secret)
    contacts = await use.contacts.create(caller, [CONTACT, CONTACT])
    foreign = await use.contacts.create(
        await use.accounts.authenticate_key(server.other.digicert.secret), [CONTACT]
    )
    organizations = [await _add_organization(server, caller) for _ in range(3)]
    await use.organizations.approve(organizations[1], ValidationLevel.OV)
    await use.organizations.set_active(caller, organizations[2], active=False)
    field = await use.annotations.add_field(
        caller, FieldChange(label="Number", value_type=ValueType.WHOLE_NUMBER)
    )
    renewable = [
        await _add_old(server, caller, status) for status in (OrderStatus.ISSUED, OrderStatus.REVOKED)
    ]
    (proof,) = await store.allot(NumberKind.VALIDATION)
    pending = validation(proof, account_id=caller.account_id, order_id=None, domain=PROVED_DOMAIN)
    async with store.writing() as work:
        await work.validations.add(proved(pending, PROVED_DOMAIN, server.clock.now()))
        await work.ledger.set_credit_limit(caller.account_id, credit_limit_cents)
    return Customer(
        caller=caller,
        contacts=(*(each.id for each in contacts), foreign[0].id, ContactId(NOWHERE), ContactId(2**70)),
        organizations=(*organizations, OrganizationId(NOWHERE), OrganizationId(-(2**70))),
        fields=(field.id, CustomFieldId(NOWHERE)),
        renewable=(*renewable, OrderId(NOWHERE), OrderId(2**70)),
    )


async def _add_organization(server: Server, caller: Caller) -> OrganizationId:
    (number,) = await server.program.store.allot(NumberKind.ORGANIZATION)
    new = organization(number, account_id=caller.account_id)
    async with server.program.store.writing() as work:
        await work.organizations.add(new)
    return new.id


async def _add_old(server: Server, caller: Caller, status: OrderStatus) -> OrderId:
    store = server.program.store
    (number,) = await store.allot(NumberKind.ORDER)
    (certificate,) = await store.allot(NumberKind.CERTIFICATE)
    old = order(
        number,
        account_id=caller.account_id,
        placed_by=caller.key.id,
        certificate_id=certificate,
        status=status,
        expires_at=server.clock.now() + timedelta(days=20),
    )
    await add_order(store, old, issued(old, serial_number=f"{certificate:X}"))
    return old.id


Told = dict[str, list[tuple[Any, ...]]]

_COLUMNS: dict[str, tuple[str, ...]] = {
    "orders": ORDER_COLUMNS,
    "certificates": CERTIFICATE_COLUMNS,
    "validations": VALIDATION_COLUMNS,
    "approval_requests": REQUEST_COLUMNS,
    "ledger_transactions": ("id", "kind", "reference", "amount_cents", "booked_at", "order_id", "memo"),
    "order_changes": CHANGE_COLUMNS,
    "order_names": ("order_id", "position", "name"),
    "order_edits": ("edit", "order_id"),
    "custom_values": ("order_id", "field_id", "value", "value_key"),
    "answered_requests": ("idempotency_key", "fingerprint", "order_id"),
    "account_balances": ("balance_cents", "credit_limit_cents"),
    "change_counters": ("last_sequence", "last_edit"),
}
_JOB_COLUMNS = ("kind", "subject_id", "run_at", "lease_until", "tries", "generation", "last_error")
# What differs from one customer to the next, and means nothing.
_OWN = {"account_id", "placed_by", "requester", "processor", "actor_id", "random_value", "serial_number"}
_OWN_NUMBERS = {
    "administrator_contact_id": "contacts",
    "technical_contact_id": "contacts",
    "organization_id": "organizations",
    "field_id": "custom_fields",
    "order_id": "orders",
    "renewal_of_order_id": "orders",
    "renewed_by_order_id": "orders",
    "certificate_id": "certificates",
    "transaction_id": "ledger_transactions",
}
_SUBJECTS = {
    JobKind.LAPSE_ORDER: "orders",
    JobKind.ADVANCE_ORDER: "orders",
    JobKind.SEND_APPROVAL_EMAIL: "validations",
}


async def tell(server: Server, customer: Customer) -> Told:
    """Return all rows of a customer's orders, every number replaced by its place among the customer's own."""
    account_id = customer.caller.account_id
    async with server.program.store._engine.reading() as connection:
        tables = {*_COLUMNS, "contacts", "organizations", "custom_fields"} - {"answered_requests"}
        ranks = {table: await _ranks(connection, table, account_id) for table in tables}
        told = {}
        for table, columns in _COLUMNS.items():
            rows = await connection.fetch(
                f"SELECT {', '.join(columns)} FROM {table} WHERE account_id = $1", account_id
            )
            told[table] = [_plain(table, columns, row, ranks) for row in rows]
        rows = await connection.fetch(
            "SELECT e.transaction_id, e.ledger, e.amount_cents FROM ledger_entries e "
            "JOIN ledger_transactions t ON t.id = e.transaction_id WHERE t.account_id = $1",
            account_id,
        )
        columns = ("transaction_id", "ledger", "amount_cents")
        told["ledger_entries"] = [_plain("ledger_entries", columns, row, ranks) for row in rows]
        rows = await connection.fetch(
            "SELECT o.id, v.level, v.status, v.submitted_at, o.review FROM organization_validations v "
            "JOIN organizations o ON o.id = v.organization_id WHERE o.account_id = $1",
            account_id,
        )
        columns = ("organization_id", "level", "status", "submitted_at", "review")
        told["organization_validations"] = [_plain("", columns, row, ranks) for row in rows]
        jobs = await connection.fetch(f"SELECT {', '.join(_JOB_COLUMNS)} FROM jobs")
    told["jobs"] = [
        (kind, ranks[_SUBJECTS[kind]][subject], *rest)
        for kind, subject, *rest in jobs
        if kind in _SUBJECTS and subject in ranks[_SUBJECTS[kind]]
    ]
    return {table: sorted(rows, key=repr) for table, rows in told.items()}


async def _ranks(connection: Connection, table: str, account_id: int) -> dict[int | None, int]:
    if table not in {*_OWN_NUMBERS.values(), "validations", "approval_requests"}:
        return {}
    rows = await connection.fetch(f"SELECT id FROM {table} WHERE account_id = $1 ORDER BY id", account_id)
    return {row[0]: rank for rank, row in enumerate(rows)}


def _plain(
    table: str, columns: tuple[str, ...], row: Any, ranks: dict[str, dict[int | None, int]]
) -> tuple[Any, ...]:
    values: list[Any] = []
    for column, value in zip(columns, row, strict=True):
        if column in _OWN:
            values.append(value is None)
        elif column in _OWN_NUMBERS and value is not None:
            values.append(ranks[_OWN_NUMBERS[column]][value] if value else 0)
        elif column == "id":
            values.append(ranks[table][value])
        elif column == "reference":
            kind, number = value.split(":")
            values.append((kind, ranks["orders"][int(number)]))
        else:
            values.append(value)
    return tuple(values)
