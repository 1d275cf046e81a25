"""Making and reading certificate signing requests for clients that have no tools of their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from certwright.domain.csr import make_csr
from certwright.domain.errors import InvalidInput
from certwright.services.batching import Batching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.domain.csr import CSR, CSRSubject, GeneratedCSR, KeySpec
    from certwright.services.ports import CSRReader


class CSRTools:
    """Makes and reads CSRs; keys made here are returned once and kept nowhere."""

    def __init__(self, reader: CSRReader) -> None:
        self._reader = reader
        self._decoding = Batching(reader.read_all)

    async def generate(self, subject: CSRSubject, names: tuple[str, ...], key_spec: KeySpec) -> GeneratedCSR:
        """Make a key and a CSR in a thread, for an RSA key may take a second.

        Raises:
            InvalidInput: a subject field is too long or malformed.
        """
        return await asyncio.to_thread(make_csr, subject, names, key_spec)

    async def decode(self, text: str) -> CSR:
        """Read a CSR and try its signature; an unusable key is shown, not refused.

        Raises:
            UnusableCSR: it can't be parsed.
        """
        found = await self._decoding.do(text)
        if isinstance(found, InvalidInput):
            raise found
        return found

    async def decode_all(self, texts: Sequence[str]) -> list[CSR | InvalidInput]:
        """Read hundreds of CSRs while others are served; one that can't be read stands as its error."""
        return await self._reader.read_all(texts)
