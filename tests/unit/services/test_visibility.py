"""A limited key knows nothing of the orders of other keys; the answer is that there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import KeyKind, Role
from certwright.domain.errors import NotFound
from certwright.services.visibility import get_certificate, get_order, get_request
from tests.support.orders import new_order, place

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from certwright.domain.account import Caller
    from tests.support.server import Server


async def key(server: Server, role: Role) -> Caller:
    accounts = server.program.use.accounts
    new = await accounts.create_key(server.account.account.id, KeyKind.DIGICERT, role.value, role)
    return await accounts.authenticate_key(new.secret)


@pytest.mark.parametrize("role", Role)
async def test_only_limited_keys_are_shown_less(server: Server, role: Role) -> None:
    foreign, caller = await place(server), await key(server, role)
    own = await server.program.use.ordering.place(caller, new_order(server))
    async with server.program.store.reading() as work:
        for view in (foreign, own):
            asked: tuple[Awaitable[object], ...] = (
                get_order(work, caller, view.order.id),
                get_certificate(work, caller, view.certificate.id),
                get_request(work, caller, view.requests[0].id),
            )
            for answer in asked:
                if view is foreign and role is Role.LIMITED:
                    with pytest.raises(NotFound):
                        await answer
                else:
                    await answer
