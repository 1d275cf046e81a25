"""Generate CSR and Decode CSR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.web.webnic.routes import examples
from certwright.web.webnic.routes.endpoint import operation, read_json
from certwright.web.webnic.schemas.csrs import (
    DecodeCSRAnswer,
    DecodeCSRRequest,
    GenerateCSRAnswer,
    GenerateCSRRequest,
)
from certwright.web.webnic.translate import csrs

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases


async def generate_csr(use: UseCases, _caller: Caller, request: Request) -> GenerateCSRAnswer:
    """Make a key and a CSR; the key is returned and forgotten."""
    body = await read_json(request, GenerateCSRRequest)
    subject = csrs.csr_subject(body)
    names = csrs.csr_names(body, subject.common_name)
    return csrs.generated_csr(await use.csr_tools.generate(subject, names, csrs.key_spec(body)))


async def decode_csr(use: UseCases, _caller: Caller, request: Request) -> DecodeCSRAnswer:
    """Show what a CSR says."""
    body = await read_json(request, DecodeCSRRequest)
    return csrs.decoded_csr(await use.csr_tools.decode(body.csr))


OPERATIONS = (
    operation(
        generate_csr,
        "POST",
        "/ssl/v2/generate-csr",
        "CSR",
        body=GenerateCSRRequest,
        body_example=examples.GENERATE_CSR_REQUEST,
        answer=GenerateCSRAnswer,
        answer_example=examples.GENERATED_CSR,
    ),
    operation(
        decode_csr,
        "POST",
        "/ssl/v2/decode-csr",
        "CSR",
        body=DecodeCSRRequest,
        body_example=examples.DECODE_CSR_REQUEST,
        answer=DecodeCSRAnswer,
        answer_example=examples.DECODED_CSR,
    ),
)
