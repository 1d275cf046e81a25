"""What follows from a proof of a domain: it is told once, and ends the search for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.dcv import DCVMethod, ValidationStatus
from certwright.domain.domain import Told
from certwright.domain.identifier import Identifier
from certwright.domain.product import ValidationLevel
from certwright.services.domain_proofs import ask_for_proof, follow_up, view_of, withdraw
from certwright.services.domains import NewDomain
from certwright.services.validation import proved

if TYPE_CHECKING:
    from certwright.domain.domain import Domain
    from tests.support.server import Server


async def _domain(server: Server, method: DCVMethod = DCVMethod.DNS_TXT) -> Domain:
    new = NewDomain(identifier=Identifier("example.com"), method=method, levels=(ValidationLevel.OV,))
    return (await server.program.use.domains.create(await server.caller(), new)).domain


async def test_first_proof_is_told_and_the_other_approvers_are_not_asked_any_more(server: Server) -> None:
    domain, now = await _domain(server, DCVMethod.EMAIL), server.clock.now()
    async with server.program.store.writing() as work:
        chosen = (await view_of(work, domain, now)).pending[3]
        await work.validations.save(proved(chosen, "example.com", now))
        view = await follow_up(work, domain, now)
        assert (view.domain.told, view.pending) == (Told.VALIDATED, ())
        again = await follow_up(work, view.domain, now)
        assert again == view
        own = await work.validations.list_of_domains(domain.account_id, domain.name)
    assert [v.status for v in own].count(ValidationStatus.FAILED) == 4


async def test_newly_asked_proof_takes_the_place_of_what_was_waited_for(server: Server) -> None:
    domain, now = await _domain(server), server.clock.now()
    async with server.program.store.writing() as work:
        await ask_for_proof(work, domain, [901], (), now)
        stored = await work.domains.get(domain.account_id, domain.id)
        assert [v.id for v in (await view_of(work, stored, now)).pending] == [901]
        await withdraw(work, stored, reason="Enough")
        assert (await view_of(work, stored, now)).pending == ()
