"""Certificates in the store: guarded by their status, unique by serial number, and the source of CRLs and key refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.certificate import CertificateStatus, RevocationReason, RevokedEntry
from certwright.domain.errors import Conflict, NotFound, StaleRecord
from certwright.domain.ids import AuthorityId, CertificateId
from tests.support.book import (
    ACCOUNT,
    OTHER_ACCOUNT,
    add_accounts,
    add_order,
    authorities,
    certificate,
    issued,
    order,
)
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.domain.certificate import Certificate
    from certwright.store.unit_of_work import SQLStore

ISSUING = AuthorityId(2)
DAY = timedelta(days=1)


async def add(store: SQLStore, number: int, serial_number: str, **changes: object) -> Certificate:
    new = order(number)
    made = replace(issued(new, serial_number), **changes)  # type: ignore[arg-type]  # a test's own words
    await add_order(store, new, made)
    return made


def revoked(reason: RevocationReason = RevocationReason.SUPERSEDED, days: int = 1) -> dict[str, object]:
    return {
        "status": CertificateStatus.REVOKED,
        "revoked_at": NOON + days * DAY,
        "revocation_reason": reason,
    }


async def test_certificate_comes_back_as_it_was_stored(store: SQLStore) -> None:
    await add_accounts(store)
    pending = certificate(order(1), csr=None, key_hash=None)
    await add_order(store, replace(order(1), certificate_id=pending.id), pending)
    full = await add(store, 2, "FF01", der=bytes(range(256)), **revoked())

    async with store.reading() as work:
        assert await work.certificates.get(ACCOUNT, pending.id) == pending
        assert await work.certificates.find(full.id) == full
        assert await work.certificates.list_of_order(ACCOUNT, full.order_id) == [full]


async def test_foreign_certificate_is_unknown(store: SQLStore) -> None:
    await add_accounts(store)
    mine = await add(store, 1, "AB")
    async with store.writing() as work:
        await work.authorities.add_first(authorities())

    async with store.reading() as work:
        for account_id, number in ((OTHER_ACCOUNT, mine.id), (ACCOUNT, CertificateId(1))):
            with pytest.raises(NotFound, match=r"^Certificate not found$"):
                await work.certificates.get(account_id, number)
        assert await work.certificates.find(CertificateId(1)) is None
        assert await work.certificates.list_of_order(OTHER_ACCOUNT, mine.order_id) == []
        assert await work.certificates.find_by_serial_number(OTHER_ACCOUNT, "AB") is None
        assert await work.certificates.find_by_serial_number(ACCOUNT, "AB") == mine


async def test_certificate_is_saved_only_in_the_expected_status(store: SQLStore) -> None:
    await add_accounts(store)
    new = order(1)
    pending = certificate(new)
    await add_order(store, new, pending)
    done = replace(issued(new), created_at=pending.created_at)

    async with store.writing() as work:
        await work.certificates.save(done, expected=CertificateStatus.PENDING)
    with pytest.raises(StaleRecord):
        async with store.writing() as work:
            await work.certificates.save(done, expected=CertificateStatus.PENDING)
    async with store.reading() as work:
        assert await work.certificates.find(new.certificate_id) == done


async def test_serial_number_is_unique_for_its_authority(store: SQLStore) -> None:
    await add_accounts(store)
    first = await add(store, 1, "AB")
    with pytest.raises(Conflict):
        await add(store, 2, "AB")
    other = await add(store, 3, "AB", authority_id=AuthorityId(9))

    async with store.reading() as work:
        assert await work.certificates.find_issued(ISSUING, "AB") == first
        assert await work.certificates.find_issued(AuthorityId(9), "AB") == other
        assert await work.certificates.find_issued(ISSUING, "AC") is None


async def test_any_number_of_certificates_wait_without_a_serial_number(store: SQLStore) -> None:
    await add_accounts(store)
    for number in (1, 2, 3):
        await add_order(store, order(number))


async def test_revoked_certificates_of_an_authority_until_they_run_out(store: SQLStore) -> None:
    await add_accounts(store)
    await add(store, 1, "01")
    later = await add(store, 2, "02", **revoked(RevocationReason.KEY_COMPROMISE, days=2))
    sooner = await add(store, 3, "03", **revoked(days=1))
    await add(store, 4, "04", not_after=NOON + 3 * DAY, **revoked())
    await add(store, 5, "05", authority_id=AuthorityId(9), **revoked())

    async with store.reading() as work:
        entries = await work.certificates.list_revoked(ISSUING, NOON + 3 * DAY)
    assert entries == [
        RevokedEntry(
            serial_number=c.serial_number or "",
            revoked_at=c.revoked_at or NOON,
            reason=c.revocation_reason or RevocationReason.UNSPECIFIED,
        )
        for c in (sooner, later)
    ]


async def test_key_is_compromised_once_a_certificate_was_revoked_for_it(store: SQLStore) -> None:
    await add_accounts(store)
    await add(store, 1, "01", key_hash=b"a" * 32)
    await add(store, 2, "02", key_hash=b"b" * 32, **revoked(RevocationReason.SUPERSEDED))
    await add(store, 3, "03", key_hash=b"c" * 32, **revoked(RevocationReason.KEY_COMPROMISE))

    async with store.reading() as work:
        found = await work.certificates.find_compromised([letter * 32 for letter in (b"a", b"b", b"c", b"d")])
        assert await work.certificates.find_compromised([]) == set()
    assert found == {b"c" * 32}


async def test_key_is_compromised_also_when_it_turns_out_later_and_of_several_certificates(
    store: SQLStore,
) -> None:
    await add_accounts(store)
    stored = [await add(store, number, f"0{number}", key_hash=b"a" * 32) for number in (1, 2)]
    for each in stored:
        async with store.writing() as work:
            why = RevocationReason.KEY_COMPROMISE
            gone = replace(each, status=CertificateStatus.REVOKED, revoked_at=NOON, revocation_reason=why)
            await work.certificates.save(gone, expected=each.status)
            assert await work.certificates.find_compromised([b"a" * 32]) == {b"a" * 32}


async def test_issued_certificates_are_found_by_their_key(store: SQLStore) -> None:
    await add_accounts(store)
    first = await add(store, 1, "01", key_hash=b"a" * 32)
    await add(store, 2, "02", key_hash=b"b" * 32)
    await add(store, 3, "03", key_hash=b"a" * 32, **revoked(RevocationReason.SUPERSEDED))

    async with store.reading() as work:
        assert await work.certificates.list_issued_with_key(ACCOUNT, b"a" * 32) == [first]
        assert await work.certificates.list_issued_with_key(OTHER_ACCOUNT, b"a" * 32) == []


async def test_issued_certificates_are_found_by_their_key_however_far_apart_their_numbers_are(
    store: SQLStore,
) -> None:
    await add_accounts(store)
    async with store.reading() as work:
        assert await work.certificates.list_issued_with_key(ACCOUNT, b"a" * 32) == []

    stored = []
    for number in (7, 8_191, 8_192, 100_000):
        new = order(number, certificate_id=CertificateId(number))
        stored.append(issued(new, f"{number:06X}", key_hash=b"a" * 32))
        await add_order(store, new, stored[-1])

    async with store.reading() as work:
        assert await work.certificates.list_issued_with_key(ACCOUNT, b"a" * 32) == stored
