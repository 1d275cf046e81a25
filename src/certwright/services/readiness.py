"""Whether a certificate may be issued now, and if not, what is in the way, in a sentence for people."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.services.name_proofs import missing_proof

if TYPE_CHECKING:
    from certwright.domain.order import Order
    from certwright.services.material import Material
    from certwright.services.name_proofs import NameProof
    from certwright.services.ports import CAAChecker, Clock
    from certwright.services.validation import Validating


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``obstacle`` is ``None`` when nothing is in the way; ``lacks_proof`` tells that it is a missing proof.

    ``is_partly_proved`` when some names are, and not all.
    """

    obstacle: str | None
    lacks_proof: bool = False
    is_partly_proved: bool = False


class Readiness:
    """Looks for proof of control, the organization's validation and CAA records, in this order."""

    def __init__(self, clock: Clock, validating: Validating, caa: CAAChecker) -> None:
        self._clock = clock
        self._validating = validating
        self._caa = caa

    async def caa_messages(self, order: Order) -> dict[str, str]:
        """Say of each name of an order what its CAA records come to, in a sentence for people."""
        results = await asyncio.gather(
            *(self._caa.check(name.identifier, method=name.method) for name in order.names)
        )
        return {
            name.identifier.name: "CAA lets us issue" if result.allowed else result.reason
            for name, result in zip(order.names, results, strict=True)
        }

    async def judge(self, material: Material) -> Verdict:
        """Look at everything that a certificate still needs, by the rules of its product."""
        if material.product.retired:
            name = material.product.name
            return Verdict(obstacle=f"Waits for the operator: the catalogue has no product {name} any more")
        proofs = material.proofs
        if not all(proof.is_proved for proof in proofs):
            proofs = await self._validating.look(material.order, proofs)
        missing = missing_proof(proofs)
        if missing is not None:
            is_partly_proved = any(proof.is_proved for proof in proofs)
            return Verdict(obstacle=missing, lacks_proof=True, is_partly_proved=is_partly_proved)
        return Verdict(obstacle=self._missing_organization(material) or await self._caa_obstacle(proofs))

    def _missing_organization(self, material: Material) -> str | None:
        organization, level = material.organization, material.product.validation_level
        if organization is None or organization.is_validated_for(level, self._clock.now()):
            return None
        return f"Waits for the validation of {organization.name} for {level.value.upper()} certificates"

    async def _caa_obstacle(self, proofs: tuple[NameProof, ...]) -> str | None:
        for proof in proofs:
            # A proof reused from an earlier order may have been given by another method than this order names.
            method = proof.validation.method if proof.validation is not None else proof.name.method
            result = await self._caa.check(proof.name.identifier, method=method)
            if not result.allowed:
                return result.reason
        return None
