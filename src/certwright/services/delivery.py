"""Handing out certificates with the chain above them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.errors import Conflict
from certwright.services.visibility import get_certificate, get_order

if TYPE_CHECKING:
    from certwright.domain.account import Caller
    from certwright.domain.certificate import Certificate
    from certwright.domain.ids import AuthorityId, CertificateId, OrderId
    from certwright.services.ports import CABackend, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredCertificate:
    """An issued certificate; ``leaf`` and ``chain`` (issuing CA first, root last) are DER."""

    certificate: Certificate
    leaf: bytes
    chain: tuple[bytes, ...]


class Delivery:
    """Finds certificates and their chains."""

    def __init__(self, store: Store, ca: CABackend) -> None:
        self._store = store
        self._ca = ca

    async def deliver(self, caller: Caller, certificate_id: CertificateId) -> DeliveredCertificate:
        """Return a certificate of the caller's account with its chain.

        Raises:
            NotFound: no such certificate in this account.
            Conflict: it has not been issued yet.
        """
        async with self._store.reading() as work:
            return self._with_chain(await get_certificate(work, caller, certificate_id))

    async def deliver_of_order(self, caller: Caller, order_id: OrderId) -> DeliveredCertificate:
        """Return the current certificate of an order with its chain.

        Raises:
            NotFound: no such order in this account.
            Conflict: it has not been issued yet.
        """
        async with self._store.reading() as work:
            order = await get_order(work, caller, order_id)
            return self._with_chain(await work.certificates.get(caller.account_id, order.certificate_id))

    async def get(self, caller: Caller, certificate_id: CertificateId) -> Certificate:
        """Return a certificate of the caller's account, issued or not.

        Raises:
            NotFound: no such certificate in this account.
        """
        async with self._store.reading() as work:
            return await get_certificate(work, caller, certificate_id)

    async def find_by_serial_number(self, caller: Caller, serial_number: str) -> Certificate | None:
        """Return the account's certificate with a serial number, given in hex of any case, with or without zeros."""
        canonical = serial_number.upper().lstrip("0")
        async with self._store.reading() as work:
            found = await work.certificates.find_by_serial_number(caller.account_id, canonical)
            if found is not None and caller.sees_own_only:
                order = await work.orders.get(caller.account_id, found.order_id)
                return found if caller.may_see(order) else None
            return found

    def authority_chain(self, authority_id: AuthorityId) -> tuple[bytes, ...]:
        """Return an authority's certificate and those above it as DER, root last.

        Raises:
            NotFound: no such authority.
        """
        return self._ca.chain(authority_id)

    def authority_ids(self) -> tuple[AuthorityId, ...]:
        """List the authorities that sign leaves, the present one first."""
        return self._ca.authority_ids()

    def _with_chain(self, certificate: Certificate) -> DeliveredCertificate:
        if certificate.der is None or certificate.authority_id is None:
            raise Conflict("The certificate has not been issued yet")
        return DeliveredCertificate(
            certificate=certificate, leaf=certificate.der, chain=self._ca.chain(certificate.authority_id)
        )
