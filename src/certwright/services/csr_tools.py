"""Making and reading certificate signing requests for clients that have no tools of their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from certwright.domain.csr import make_csr, parse_csr

if TYPE_CHECKING:
    from certwright.domain.csr import CSR, CSRSubject, GeneratedCSR, KeySpec


class CSRTools:
    """Makes and reads CSRs; keys made here are returned once and kept nowhere."""

    async def generate(self, subject: CSRSubject, names: tuple[str, ...], key_spec: KeySpec) -> GeneratedCSR:
        """Make a key and a CSR in a thread, for an RSA key may take a second.

        Raises:
            InvalidInput: a subject field is too long or malformed.
        """
        return await asyncio.to_thread(make_csr, subject, names, key_spec)

    def decode(self, text: str) -> CSR:
        """Read a CSR and try its signature; an unusable key is shown, not refused.

        Raises:
            UnusableCSR: it can't be parsed.
        """
        return parse_csr(text)
