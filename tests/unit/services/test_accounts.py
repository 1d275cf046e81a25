"""Accounts and credentials: shown once, checked on every request, shut at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import KeyKind, Role, Secret
from certwright.domain.errors import Conflict, InvalidInput, NotFound, TokenExpired, Unauthenticated
from certwright.domain.ids import AccountId, APIKeyId
from certwright.services.accounts import TOKEN_LIFETIME

if TYPE_CHECKING:
    from certwright.domain.account import AccessToken
    from tests.support.server import Server


async def log_in(server: Server) -> AccessToken:
    key = server.account.webnic
    return await server.program.use.accounts.log_in(key.key.username or "", key.secret)


async def test_new_account_has_an_administrator_in_each_dialect(server: Server) -> None:
    use = server.program.use.accounts
    by_key = await use.authenticate_key(server.account.digicert.secret)
    by_token = await use.authenticate_token((await log_in(server)).secret)
    assert by_key.account == by_token.account == server.account.account
    assert by_key.key.role is by_token.key.role is Role.ADMINISTRATOR
    assert await use.list_keys(by_key.account_id) == [server.account.webnic.key, server.account.digicert.key]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
async def test_name_of_an_account_has_a_length(server: Server, name: str) -> None:
    with pytest.raises(InvalidInput):
        await server.program.use.accounts.create(name)


@pytest.mark.parametrize("name", ["First account", " First account "])
async def test_name_of_an_account_is_taken_once(server: Server, name: str) -> None:
    with pytest.raises(Conflict):
        await server.program.use.accounts.create(name)
    assert len(await server.program.use.accounts.list_all()) == 2


@pytest.mark.parametrize("name", ["a\0b", "\udcff"])
async def test_name_that_can_not_be_stored_is_refused(server: Server, name: str) -> None:
    with pytest.raises(InvalidInput):
        await server.program.use.accounts.create(name)


async def test_wrong_credentials_say_which_is_wrong(server: Server) -> None:
    use, username = server.program.use.accounts, server.account.webnic.key.username or ""
    with pytest.raises(Unauthenticated, match="Invalid username"):
        await use.log_in("nobody", server.account.webnic.secret)
    for wrong in (Secret("wrong"), server.other.webnic.secret, server.account.digicert.secret):
        with pytest.raises(Unauthenticated, match="Invalid password"):
            await use.log_in(username, wrong)


async def test_secret_of_one_dialect_opens_no_other(server: Server) -> None:
    use = server.program.use.accounts
    for wrong in (server.account.webnic.secret, (await log_in(server)).secret, Secret("")):
        with pytest.raises(Unauthenticated, match="not valid"):
            await use.authenticate_key(wrong)
    with pytest.raises(TokenExpired):
        await use.authenticate_token(server.account.digicert.secret)


async def test_token_is_good_for_an_hour(server: Server) -> None:
    token = await log_in(server)
    assert token.expires_at == server.clock.now() + TOKEN_LIFETIME
    server.clock.advance(TOKEN_LIFETIME - timedelta(seconds=1))
    await server.program.use.accounts.authenticate_token(token.secret)
    server.clock.advance(timedelta(seconds=1))
    with pytest.raises(TokenExpired):
        await server.program.use.accounts.authenticate_token(token.secret)


async def test_bearer_is_a_digicert_key_or_a_webnic_token(server: Server) -> None:
    use, token = server.program.use.accounts, await log_in(server)
    assert (await use.authenticate_bearer(server.account.digicert.secret)).key == server.account.digicert.key
    assert (await use.authenticate_bearer(token.secret)).key == server.account.webnic.key
    for wrong in (server.account.webnic.secret, Secret("x")):
        with pytest.raises(TokenExpired):
            await use.authenticate_bearer(wrong)
    for key in (server.account.webnic.key, server.account.digicert.key):
        await use.revoke_key(key.id)
    for shut in (token.secret, server.account.digicert.secret):
        with pytest.raises(TokenExpired, match="revoked"):
            await use.authenticate_bearer(shut)


async def test_revoked_key_and_its_tokens_open_nothing(server: Server) -> None:
    use, token = server.program.use.accounts, await log_in(server)
    await use.revoke_key(server.account.webnic.key.id)
    with pytest.raises(TokenExpired):
        await use.authenticate_token(token.secret)
    with pytest.raises(Unauthenticated, match="revoked"):
        await log_in(server)
    await use.authenticate_key(server.account.digicert.secret)


async def test_disabled_account_opens_nothing(server: Server) -> None:
    use, token = server.program.use.accounts, await log_in(server)
    disabled = await use.disable(server.account.account.id)
    assert not disabled.is_enabled
    with pytest.raises(TokenExpired):
        await use.authenticate_token(token.secret)
    with pytest.raises(Unauthenticated):
        await use.authenticate_key(server.account.digicert.secret)
    with pytest.raises(Unauthenticated):
        await log_in(server)


async def test_further_key_has_its_role(server: Server) -> None:
    use = server.program.use.accounts
    new = await use.create_key(server.account.account.id, KeyKind.DIGICERT, "robot", Role.STANDARD)
    caller = await use.authenticate_key(new.secret)
    assert (caller.key.name, caller.key.role, caller.is_approver) == ("robot", Role.STANDARD, False)


async def test_unknown_accounts_and_keys(server: Server) -> None:
    use = server.program.use.accounts
    with pytest.raises(NotFound):
        await use.disable(AccountId(999))
    with pytest.raises(NotFound):
        await use.create_key(AccountId(999), KeyKind.WEBNIC, "x", Role.STANDARD)
    with pytest.raises(NotFound):
        await use.revoke_key(APIKeyId(999))
