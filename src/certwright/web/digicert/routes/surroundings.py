"""Reading what orders refer to, once for all orders of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.web.digicert.translate.orders import Surroundings

if TYPE_CHECKING:
    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases


async def read_surroundings(use: UseCases, caller: Caller) -> Surroundings:
    """Read the keys and organizations of the caller's account."""
    return Surroundings(
        account=caller.account,
        keys={key.id: key for key in await use.accounts.list_keys(caller.account_id)},
        organizations={
            organization.id: organization for organization in await use.organizations.list_of(caller)
        },
        catalogue=use.catalogue,
        at=use.clock.now(),
    )
