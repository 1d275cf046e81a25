"""The books after a stormy time: looked at in the database itself, below everything that could hide a fault."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cryptography import x509

from certwright.bootstrap.database import open_engine
from certwright.config import load_settings
from certwright.domain.errors import StaleRecord
from certwright.domain.status import TRANSITIONS, Action, OrderStatus

if TYPE_CHECKING:
    from certwright.store.engine import Connection, Engine
    from tests.support.installed import Installed

Row = Any

_TRIES = 20


async def pass_the_leases(installed: Installed) -> None:
    """Do what time would do: let the leases of workers run out, and the pauses between looks pass."""
    engine = await open_engine(load_settings(installed.environment))
    try:
        for _ in range(_TRIES):
            # What a killed server had under way may still go on in PostgreSQL, and lock jobs in another order.
            with suppress(StaleRecord):
                return await _pass_the_leases(engine)
        raise AssertionError("The jobs are never free")
    finally:
        await engine.close()


async def _pass_the_leases(engine: Engine) -> None:
    async with engine.writing() as connection:
        await connection.execute("UPDATE jobs SET lease_until = 0")
        await connection.execute("UPDATE jobs SET run_at = 0 WHERE kind = $1", "advance_order")


async def check_books(installed: Installed) -> list[int]:
    """Check that every order of the one account was issued once and charged once; return the orders' ids."""
    engine = await open_engine(load_settings(installed.environment))
    try:
        async with engine.reading() as connection:
            orders = await connection.fetch(
                "SELECT id, account_id, status, common_name, certificate_id FROM orders"
            )
            await _check_log(connection, orders)
            await _check_certificates(connection, orders)
            await _check_jobs(connection, orders)
            await _check_ledger(connection, orders)
    finally:
        await engine.close()
    return [row[0] for row in orders]


async def _check_log(connection: Connection, orders: list[Row]) -> None:
    """The log has no gap; each order's part begins with its placing, follows the table step by step, and issues once."""
    changes = await connection.fetch(
        "SELECT account_id, sequence, order_id, action, from_status, to_status, changed_at "
        "FROM order_changes ORDER BY account_id, sequence"
    )
    counters = await connection.fetch("SELECT account_id, last_sequence FROM change_counters")
    assert [row[1] for row in changes] == list(range(1, len(changes) + 1))
    assert [tuple(row) for row in counters] == [(orders[0][1], len(changes))]
    for order_id, *_ in orders:
        first, *others = [row for row in changes if row[2] == order_id]
        assert (first[3], first[4]) == (Action.PLACE, None)
        stands = first[5]
        for _, _, _, action, source, target, _ in others:
            assert source == stands
            assert TRANSITIONS[OrderStatus(source), Action(action)] == target
            stands = target
        assert [row[3] for row in others].count(Action.ISSUE) == 1
        times = [first[6], *(row[6] for row in others)]
        assert times == sorted(times)


async def _check_certificates(connection: Connection, orders: list[Row]) -> None:
    """Each order is issued and has one certificate, for its name and under a number of its own."""
    rows = await connection.fetch("SELECT order_id, id, status, der, serial_number FROM certificates")
    certificates = {row[0]: row for row in rows}
    assert len(certificates) == len(rows) == len(orders) == len({row[4] for row in rows})
    for order_id, _, order_status, name, certificate_id in orders:
        _, number, status, der, serial_number = certificates[order_id]
        assert (order_status, status, number) == (OrderStatus.ISSUED, "issued", certificate_id), name
        leaf = x509.load_der_x509_certificate(der)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [name]
        assert leaf.serial_number == int(serial_number, 16)


async def _check_jobs(connection: Connection, orders: list[Row]) -> None:
    """What has to happen later is noted for every order; a look at an issued order that the end cut short does no harm."""
    rows = await connection.fetch("SELECT kind, subject_id FROM jobs")
    subjects = {kind: sorted(row[1] for row in rows if row[0] == kind) for kind, _ in rows}
    assert subjects.pop("expire_certificate") == sorted(row[4] for row in orders)
    assert subjects.pop("lapse_order") == sorted(row[0] for row in orders)
    assert subjects.keys() <= {"purge", "advance_order"}


async def _check_ledger(connection: Connection, orders: list[Row]) -> None:
    """Each order was charged once, every transaction adds up to nothing, and the balance to all of them."""
    charges = await connection.fetch("SELECT order_id, kind, amount_cents FROM ledger_transactions")
    assert sorted(row[0] for row in charges) == sorted(row[0] for row in orders)
    assert {row[1] for row in charges} == {"order"}
    entries = await connection.fetch(
        "SELECT transaction_id, sum(amount_cents) FROM ledger_entries GROUP BY transaction_id"
    )
    assert len(entries) == len(charges)
    assert {row[1] for row in entries} == {0}
    ((balance,),) = await connection.fetch("SELECT balance_cents FROM account_balances")
    assert balance == -sum(row[2] for row in charges) < 0
