"""CSRs made and read for clients without tools of their own."""

from __future__ import annotations

import asyncio

import pytest

from certwright.ca.csr_processes import CSRProcesses
from certwright.domain.csr import CSR, CSRSubject, KeySpec, make_csr
from certwright.domain.errors import InvalidInput, UnusableCSR
from certwright.services.csr_tools import CSRTools


async def test_made_csr_can_be_read() -> None:
    tools = CSRTools(CSRProcesses(0))
    subject = CSRSubject(common_name="www.example.com", country="MY", organization="Bücher")
    made = await tools.generate(subject, ("www.example.com", "example.com"), KeySpec.P256)
    csr = await tools.decode(made.csr_pem)
    assert (csr.common_name, csr.country, csr.organization) == ("www.example.com", "MY", "Bücher")
    assert csr.names == ("www.example.com", "example.com")
    assert (csr.key_type, csr.key_size, csr.signature_holds) == ("EC", 256, True)
    assert "PRIVATE KEY" in made.private_key_pem.reveal()


@pytest.mark.parametrize(
    "subject",
    [
        CSRSubject(common_name="x" * 65),
        CSRSubject(common_name="x", country="Malaysia"),
        CSRSubject(common_name="x", email="ü" * 300),
        CSRSubject(common_name="\ud800"),
        CSRSubject(common_name="x", organization="a\0b"),
        CSRSubject(common_name="x", locality="y" * 100_000),
    ],
)
async def test_subject_is_taken_or_refused_never_a_fault(subject: CSRSubject) -> None:
    try:
        made = await CSRTools(CSRProcesses(0)).generate(subject, (), KeySpec.P256)
    except InvalidInput:
        return
    assert made.csr_pem


@pytest.mark.parametrize(
    "text", ["", "junk", "-----BEGIN CERTIFICATE REQUEST-----\n", "\ud800", "ü", "A" * 100_000]
)
async def test_junk_is_refused(text: str) -> None:
    with pytest.raises(UnusableCSR):
        await CSRTools(CSRProcesses(0)).decode(text)


async def test_those_that_come_together_are_read_each_for_itself() -> None:
    reader = CSRProcesses(1)
    names = [f"www{number}.example.com" for number in range(20)]
    made = [make_csr(CSRSubject(common_name=name), (), KeySpec.P256).csr_pem for name in names]
    texts = [*made[:10], "junk", *made[10:]]
    try:
        found = await asyncio.gather(*map(CSRTools(reader).decode, texts), return_exceptions=True)
    finally:
        await reader.close()
    assert isinstance(found.pop(10), UnusableCSR)
    assert [each.common_name for each in found if isinstance(each, CSR)] == names
