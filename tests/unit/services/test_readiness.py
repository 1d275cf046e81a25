"""What is in the way of a certificate, in the order in which it is looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from certwright.services.material import Material
from tests.support.orders import NAME, ordered, organization, place, script_caa, script_probe, show

if TYPE_CHECKING:
    from certwright.services.order_view import OrderView
    from certwright.services.readiness import Verdict
    from tests.support.server import Server


def material(view: OrderView) -> Material:
    return Material(
        order=view.order,
        certificate=view.certificate,
        product=view.product,
        organization=view.organization,
        proofs=view.proofs,
    )


async def judge(server: Server, found: Material) -> Verdict:
    return await server.program.issuance._readiness.judge(found)


async def test_proof_comes_first_then_the_organization_then_caa(server: Server) -> None:
    known = await organization(server)
    view = await place(server, NAME, "example.org", product="true-businessid", organization_id=known.id)
    caa = script_caa(server, "example.org")
    found = material(view)

    script_probe(server)
    verdict = await judge(server, found)
    assert verdict.obstacle == f"Waits for proof of control of {NAME} (and 1 more names): nothing there"
    assert verdict.lacks_proof
    assert not verdict.is_partly_proved

    found = material(await show(server, view.order))
    script_probe(server, NAME)
    verdict = await judge(server, found)
    assert (verdict.obstacle, verdict.is_partly_proved) == (
        "Waits for proof of control of example.org: nothing there",
        True,
    )

    found = material(await show(server, view.order))
    script_probe(server, "example.org")
    verdict = await judge(server, found)
    assert verdict.obstacle == "Waits for the validation of Example Sdn. Bhd. for OV certificates"

    found = material(await show(server, view.order))
    verdict = await judge(server, replace(found, organization=None))
    assert verdict.obstacle == "CAA of example.org names another CA"
    caa.forbidden.clear()
    assert (await judge(server, replace(found, organization=None))).obstacle is None


async def test_product_that_was_taken_from_the_catalogue_waits_for_the_operator(server: Server) -> None:
    found = material(await place(server))
    probe = script_probe(server, NAME)
    verdict = await judge(server, replace(found, product=replace(found.product, retired=True)))
    assert "Waits for the operator" in str(verdict.obstacle)
    assert probe.asked == []


async def test_private_product_needs_no_look_at_all(server: Server) -> None:
    found = material(await place(server))
    probe = script_probe(server)
    script_caa(server, NAME)
    verdict = await judge(server, replace(found, proofs=()))
    assert (verdict.obstacle, probe.asked) == (None, [])


async def test_duplicate_is_judged_by_its_own_names(server: Server) -> None:
    view = await place(server)
    other = replace(view.certificate, id=view.certificate.id + 1, names=ordered("other.example"))  # type: ignore[arg-type]  # a made-up id
    assert material(view).names == view.order.names
    assert replace(material(view), certificate=other).names == other.names
