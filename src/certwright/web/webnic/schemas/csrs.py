"""Generate CSR and Decode CSR."""

from __future__ import annotations

from typing import Annotated

from certwright.web.webnic.schemas.wire import MOST_NAMES, Wire, limited, limited_list, required

LONGEST_CSR = 65_536
"""An RSA-8192 CSR with 250 names takes a fifth of this."""

LONGEST_NAME = 255
"""A domain name has at most 253 characters."""

_LONGEST_SUBJECT_FIELD = 64  # RFC 5280 App. A.1: the least of the upper bounds

Names = Annotated[list[Annotated[str, limited(LONGEST_NAME, "www.example.com")]], limited_list(MOST_NAMES)]


class GenerateCSRRequest(Wire, frozen=True, kw_only=True):
    """The subject and key of a CSR to be made; ``keySize`` 256 and 384 mean an elliptic curve."""

    common_name: Annotated[str, required(_LONGEST_SUBJECT_FIELD, "example.com")] = ""
    organization: Annotated[str, limited(_LONGEST_SUBJECT_FIELD)] | None = None
    organization_unit: Annotated[str, limited(_LONGEST_SUBJECT_FIELD)] | None = None
    locality: Annotated[str, limited(_LONGEST_SUBJECT_FIELD)] | None = None
    state: Annotated[str, limited(_LONGEST_SUBJECT_FIELD)] | None = None
    country_code: Annotated[str, limited(2)] | None = None
    email: Annotated[str, limited(_LONGEST_SUBJECT_FIELD)] | None = None
    key_size: int | None = None
    sanfield: Names | None = None


class GenerateCSRAnswer(Wire, frozen=True, kw_only=True):
    """A CSR and its private key, both PEM; the key is kept nowhere."""

    csr: str
    private_key: str


class DecodeCSRRequest(Wire, frozen=True, kw_only=True):
    """A CSR to be read."""

    csr: Annotated[str, required(LONGEST_CSR)] = ""


class DecodeCSRAnswer(Wire, frozen=True, kw_only=True):
    """What a CSR says."""

    common_name: str
    organization: str
    organization_unit: str
    locality: str
    state: str
    country_code: str
    email: str
    key_type: str
    key_size: int
    signature_algorithm: str
    signature_valid: bool
    sanfield: list[str]
