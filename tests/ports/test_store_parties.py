"""Accounts, keys, tokens, organizations, contacts, approval requests and authorities in the store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import AccessToken, ApprovalPolicy, Caller, KeyKind, Role, Secret
from certwright.domain.approval import ApprovalRequest, RequestKind, RequestStatus
from certwright.domain.contact import Contact, ContactKind
from certwright.domain.errors import Conflict, NotFound, StaleRecord
from certwright.domain.ids import (
    AccountId,
    APIKeyId,
    ApprovalRequestId,
    ContactId,
    OrganizationId,
)
from certwright.domain.organization import OrganizationStatus, OrganizationValidation, ReviewStatus
from certwright.domain.product import ValidationLevel
from certwright.domain.query import Contains, OneOf, RequestQuery
from certwright.services.ports import NumberKind
from tests.support.book import (
    ACCOUNT,
    ADDRESS,
    OTHER_ACCOUNT,
    account,
    add_accounts,
    add_order,
    api_key,
    authorities,
    order,
    organization,
)
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.domain.account import APIKey
    from certwright.domain.certificate import AuthorityRecord
    from certwright.services.ports import UnitOfWork
    from certwright.store.unit_of_work import SQLStore
    from tests.support.stores import OpenStore

HOUR = timedelta(hours=1)


async def test_accounts_are_kept_and_changed(store: SQLStore) -> None:
    first = account(1, approval=ApprovalPolicy.TWO_STEP)
    async with store.writing() as work:
        await work.accounts.add(account(2))
        await work.accounts.add(first)
    changed = replace(first, name="Renamed", approval=ApprovalPolicy.ONE_STEP, disabled_at=NOON + HOUR)

    async with store.writing() as work:
        assert await work.accounts.list_all() == [first, account(2)]
        await work.accounts.save(changed)
    async with store.reading() as work:
        assert await work.accounts.get(first.id) == changed
        with pytest.raises(NotFound):
            await work.accounts.get(AccountId(3))


async def test_name_of_an_account_is_taken_once(store: SQLStore) -> None:
    await add_accounts(store)
    with pytest.raises(Conflict, match="already an account named Account 1"):
        async with store.writing() as work:
            await work.accounts.add(account(3, name="Account 1"))


async def add_keys(store: SQLStore, *keys: tuple[APIKey, bytes]) -> None:
    async with store.writing() as work:
        for key, secret_hash in keys:
            await work.accounts.add_key(key, secret_hash)


async def test_keys_are_found_by_id_account_username_and_secret(store: SQLStore) -> None:
    await add_accounts(store)
    webnic = api_key(1, kind=KeyKind.WEBNIC, username="api-1", role=Role.STANDARD)
    digicert, foreign = api_key(2), api_key(3, account_id=OTHER_ACCOUNT)
    await add_keys(store, (webnic, b"one"), (digicert, b"two"), (foreign, b"three"))

    async with store.reading() as work:
        assert await work.accounts.get_key(webnic.id) == webnic
        assert await work.accounts.list_keys(ACCOUNT) == [webnic, digicert]
        assert await work.accounts.find_key_by_username("api-1") == webnic
        assert await work.accounts.find_holders([b"one", b"three", b"four"]) == {
            b"one": Caller(account=account(), key=webnic),
            b"three": Caller(account=account(OTHER_ACCOUNT), key=foreign),
        }
        assert await work.accounts.find_key_by_username("API-1") is None
        with pytest.raises(NotFound):
            await work.accounts.get_key(APIKeyId(4))


async def test_key_is_revoked_and_a_secret_is_never_shared(store: SQLStore) -> None:
    await add_accounts(store)
    key = api_key(1)
    await add_keys(store, (key, b"one"))
    revoked = replace(key, revoked_at=NOON, name="old", role=Role.STANDARD)
    async with store.writing() as work:
        await work.accounts.save_key(revoked)

    async with store.reading() as work:
        assert await work.accounts.find_holders([b"one"]) == {b"one": Caller(account=account(), key=revoked)}
    with pytest.raises(Conflict):
        await add_keys(store, (api_key(2), b"one"))


async def test_token_is_good_until_it_runs_out_and_is_then_forgotten(store: SQLStore) -> None:
    await add_accounts(store)
    key = api_key(1)
    await add_keys(store, (key, b"one"))
    holder = Caller(account=account(), key=key)
    token = AccessToken(key_id=key.id, secret=Secret("T" * 52), expires_at=NOON + HOUR)
    async with store.writing() as work:
        await work.accounts.add_token(token)

    digest = token.secret.digest()
    async with store.writing() as work:
        assert await work.accounts.find_token_holders([digest], NOON) == {digest: holder}
        assert await work.accounts.find_token_holders([digest], NOON + HOUR) == {}
        assert await work.accounts.find_token_holders([b"other", digest], NOON) == {digest: holder}
        await work.accounts.purge_tokens(NOON)
        assert await work.accounts.find_token_holders([digest], NOON) == {digest: holder}
        await work.accounts.purge_tokens(NOON + HOUR)
        assert await work.accounts.find_token_holders([digest], NOON) == {}


async def test_organizations_with_their_validations(store: SQLStore) -> None:
    await add_accounts(store)
    first = organization(
        1, status=OrganizationStatus.INACTIVE, assumed_name="Ex", registration_number="1", name="Bücher"
    )
    ov = OrganizationValidation(
        level=ValidationLevel.OV,
        status=ReviewStatus.APPROVED,
        submitted_at=NOON,
        decided_at=NOON,
        valid_until=NOON + HOUR,
        evidence="register",
    )
    ev, newer = replace(ov, level=ValidationLevel.EV), replace(ov, valid_until=NOON + 2 * HOUR)
    async with store.writing() as work:
        for new in (first, organization(2), organization(3, account_id=OTHER_ACCOUNT)):
            await work.organizations.add(new)
        for validation in (ov, ev, newer):
            await work.organizations.set_validation(first.id, validation)

    async with store.reading() as work:
        stored = replace(first, validations=(ev, newer))
        assert await work.organizations.get(ACCOUNT, first.id) == stored
        assert await work.organizations.find(first.id) == stored
        assert await work.organizations.list_of_account(ACCOUNT) == [stored, organization(2)]
        assert [o.id for o in await work.organizations.list_all()] == [1, 2, 3]
        assert await work.organizations.find(OrganizationId(9)) is None
        for number in (3, 9):
            with pytest.raises(NotFound, match=r"^Organization not found$"):
                await work.organizations.get(ACCOUNT, OrganizationId(number))


async def test_contacts(store: SQLStore) -> None:
    await add_accounts(store)
    contact = Contact(
        id=ContactId(1),
        account_id=ACCOUNT,
        kind=ContactKind.TECHNICAL,
        first_name="Domain",
        last_name="Lovelace",
        company="",
        email="owner@example.com",
        phone="+60.1234567",
        fax="+60.1234568",
        address=replace(ADDRESS, line2="Tingkat 2", city="Köln"),
        created_at=NOON,
    )
    async with store.writing() as work:
        await work.contacts.add(contact)
        await work.contacts.add(replace(contact, id=ContactId(2), account_id=OTHER_ACCOUNT))

    async with store.reading() as work:
        assert await work.contacts.get(ACCOUNT, contact.id) == contact
        assert await work.contacts.find_anywhere([contact.id, ContactId(99)]) == [contact]
        for number in (2, 3):
            with pytest.raises(NotFound, match=r"^Contact not found$"):
                await work.contacts.get(ACCOUNT, ContactId(number))


async def _found(work: UnitOfWork, query: RequestQuery) -> list[ApprovalRequest]:
    return [found.request for found in (await work.requests.search(query)).items]


async def test_approval_requests_are_decided_once(store: SQLStore) -> None:
    await add_accounts(store)
    for number in (1, 2):
        await add_order(store, order(number))
    request = ApprovalRequest(
        id=ApprovalRequestId(1),
        account_id=ACCOUNT,
        order_id=order(1).id,
        kind=RequestKind.NEW_REQUEST,
        status=RequestStatus.PENDING,
        requester=APIKeyId(1),
        created_at=NOON,
        comments="please",
    )
    second = replace(request, id=ApprovalRequestId(2), order_id=order(2).id)
    foreign = replace(request, id=ApprovalRequestId(3), account_id=OTHER_ACCOUNT)
    decided = replace(
        request,
        status=RequestStatus.APPROVED,
        processor=APIKeyId(2),
        processor_comment="fine",
        processed_at=NOON + HOUR,
    )
    async with store.writing() as work:
        for new in (request, second, foreign):
            await work.requests.add(new)
    async with store.writing() as work:
        await work.requests.save(decided, expected=RequestStatus.PENDING)
    with pytest.raises(StaleRecord):
        async with store.writing() as work:
            await work.requests.save(
                replace(decided, status=RequestStatus.REJECTED), expected=RequestStatus.PENDING
            )

    async with store.reading() as work:
        assert await work.requests.get(ACCOUNT, request.id) == decided
        assert await _found(work, RequestQuery(account_id=ACCOUNT)) == [second, decided]
        approved = RequestQuery(account_id=ACCOUNT, statuses=frozenset({RequestStatus.APPROVED}))
        assert await _found(work, approved) == [decided]
        assert await _found(work, RequestQuery(account_id=ACCOUNT, kinds=frozenset())) == []
        assert await _found(work, RequestQuery(account_id=ACCOUNT, offset=1, limit=1)) == [decided]
        named = RequestQuery(account_id=ACCOUNT, common_name=Contains("EXAMPLE"), placed_by=APIKeyId(1001))
        assert (await work.requests.search(named)).total == 2
        strange = RequestQuery(account_id=ACCOUNT, common_name=OneOf(("other.example",)))
        assert (await work.requests.search(strange)).total == 0
        assert await work.requests.list_of_order(ACCOUNT, request.order_id) == [decided]
        assert await work.requests.list_of_order(OTHER_ACCOUNT, second.order_id) == []
        for number in (3, 9):
            with pytest.raises(NotFound, match=r"^Request not found$"):
                await work.requests.get(ACCOUNT, ApprovalRequestId(number))


async def test_first_authorities_stay_the_only_ones(store: SQLStore) -> None:
    root, issuing = authorities(1)
    async with store.reading() as work:
        assert await work.authorities.list_all() == []
    async with store.writing() as work:
        assert await work.authorities.add_first([issuing, root]) == [root, issuing]
    async with store.writing() as work:
        assert await work.authorities.add_first(authorities(101)) == [root, issuing]
    async with store.reading() as work:
        assert await work.authorities.list_all() == [root, issuing]


async def test_processes_that_start_together_agree_on_the_authorities(opened: OpenStore) -> None:
    async def make(store: SQLStore) -> list[AuthorityRecord]:
        first, _ = await store.allot(NumberKind.AUTHORITY, 2)
        async with store.writing() as work:
            return await work.authorities.add_first(authorities(first))

    found = await asyncio.gather(*[make(await opened.another()) for _ in range(4)])
    assert all(records == found[0] for records in found)
    assert len(found[0]) == 2
