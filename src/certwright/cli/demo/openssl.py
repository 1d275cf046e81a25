"""What the demo does with the openssl command, as a customer would: make a key and a CSR, verify a chain."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from certwright.cli.demo.failure import DemoFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class OpenSSL:
    """Runs openssl in a folder.

    Raises:
        DemoFailed: there is no openssl on this machine.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = require_openssl()

    async def make_csr(self, names: Sequence[str]) -> str:
        """Make a P-256 key and a CSR for it as ``server.key`` and ``server.csr``, and return the CSR."""
        await self._run(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN={names[0]}"),
            *("-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)),
        )
        return (self._folder / "server.csr").read_text(encoding="ascii")

    async def verify(self, *, leaf: str, intermediate: str, root: str, host: str) -> str:
        """Verify that a certificate is good for a TLS server of that name, and return what openssl says."""
        for name, text in (("leaf.pem", leaf), ("intermediate.pem", intermediate), ("root.pem", root)):
            (self._folder / name).write_text(text, encoding="ascii")
        return await self._run(
            *("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host),
            *("-CAfile", "root.pem", "-untrusted", "intermediate.pem", "leaf.pem"),
        )

    async def serial_number(self) -> str:
        """Return the serial number of the leaf just verified, in upper-case hex."""
        text = await self._run("x509", "-in", "leaf.pem", "-noout", "-serial")
        return text.partition("=")[2]

    async def _run(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            self._program,
            *arguments,
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        text = output.decode(errors="replace").strip()
        if process.returncode != 0:
            raise DemoFailed(f"openssl {arguments[0]} failed: {text}")
        return text


def require_openssl() -> str:
    """Return the path of openssl.

    Raises:
        DemoFailed: there is none.
    """
    program = shutil.which("openssl")
    if program is None:
        raise DemoFailed("the openssl command is missing; install it (apt-get install openssl) and try again")
    return program
