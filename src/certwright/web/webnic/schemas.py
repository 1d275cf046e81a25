"""The bodies of WebNIC's API, requests first; keys and their order are those of the wire.

A request takes ``null`` for whatever may be left out, as PHP clients send it. Required texts default to the empty one,
so that all that are missing can be told at once (``translate.faults.check_present``). Keys we don't know are ignored,
except by the search, where a misspelt ``filters`` would otherwise find everything.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType


class _Wire(Struct, frozen=True, kw_only=True, rename="camel"):
    """A JSON object with camelCase keys."""


class _Sparse(_Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An answer that leaves out the keys that mean nothing in its case."""


# -- envelope ----------------------------------------------------------------------------------------------------------


class Success(_Wire, frozen=True, kw_only=True):
    """The envelope of every good answer but a download; commands without a result have no ``data``."""

    code: str = "1000"
    message: str = "Command completed successfully."
    data: object = UNSET


class ErrorDetail(_Wire, frozen=True, kw_only=True):
    """What went wrong: a code with the API's prefix and a sentence."""

    sub_code: str
    message: str


class FieldError(_Wire, frozen=True, kw_only=True):
    """All that is wrong with one field of a body."""

    field: str
    messages: list[str]


class ValidationError(_Wire, frozen=True, kw_only=True):
    """What is wrong with a parameter, or with fields that don't go together."""

    field: str
    message: str


class Failure(_Wire, frozen=True, kw_only=True):
    """The envelope of every bad answer."""

    code: str = "2400"
    message: str = "System message"
    error: ErrorDetail
    field_errors: list[FieldError] | UnsetType = UNSET
    validation_errors: list[ValidationError] | UnsetType = UNSET


# -- token -------------------------------------------------------------------------------------------------------------


class TokenRequest(_Wire, frozen=True, kw_only=True):
    """Who asks for a token."""

    username: str = ""
    password: str = ""


class TokenAnswer(Struct, frozen=True, kw_only=True):
    """A bearer token and its seconds to live; the one answer with snake_case keys."""

    access_token: str
    expires_in: int


# -- CSR ---------------------------------------------------------------------------------------------------------------


class GenerateCSRRequest(_Wire, frozen=True, kw_only=True):
    """The subject and key of a CSR to be made; ``keySize`` 256 and 384 mean an elliptic curve."""

    common_name: str = ""
    organization: str | None = None
    organization_unit: str | None = None
    locality: str | None = None
    state: str | None = None
    country_code: str | None = None
    email: str | None = None
    key_size: int | None = None
    sanfield: list[str] | None = None


class GenerateCSRAnswer(_Wire, frozen=True, kw_only=True):
    """A CSR and its private key, both PEM; the key is kept nowhere."""

    csr: str
    private_key: str


class DecodeCSRRequest(_Wire, frozen=True, kw_only=True):
    """A CSR to be read."""

    csr: str = ""


class DecodeCSRAnswer(_Wire, frozen=True, kw_only=True):
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


# -- contacts ----------------------------------------------------------------------------------------------------------


class ContactDetails(_Wire, frozen=True, kw_only=True):
    """A person, as sent and as answered."""

    company: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    country_code: str | None = None
    zip: str | None = None
    phone_number: str | None = None
    fax_number: str | None = None
    email: str | None = None


class CreateContactRequest(_Wire, frozen=True, kw_only=True):
    """Contacts to be made, one or both."""

    administrator: ContactDetails | None = None
    technical: ContactDetails | None = None


class CreatedContact(_Wire, frozen=True, kw_only=True):
    """A contact just made."""

    contact_id: str
    resid: int
    details: ContactDetails
    contact_type: str
    dtcreate: str


# -- placing an order and proving its names ----------------------------------------------------------------------------


class Approver(_Wire, frozen=True, kw_only=True):
    """Who is to approve which name."""

    domain: str
    email: str


ApproverEmail = str | list[str | Approver]
"""The three forms that clients send: an address, several, or one per name."""


class PlaceOrderRequest(_Wire, frozen=True, kw_only=True):
    """An order; ``shipmentContactId`` and other keys that have no meaning here are ignored."""

    product_key: str = ""
    term: int | None = None
    csr: str = ""
    administrator_contact_id: str = ""
    auth_type: str = ""
    sanfield: list[str] | None = None
    organization_id: str | int | None = None
    technical_contact_id: str | None = None
    approver_email: ApproverEmail | None = None
    special_instruction: str | None = None


class ChangeAuthRequest(_Wire, frozen=True, kw_only=True):
    """Another way to prove the names of an order."""

    auth_type: str = ""
    approver_email: ApproverEmail | None = None


class NameAuth(_Sparse, frozen=True, kw_only=True):
    """How one name is to be proved: a DNS record, a file, or the address that gets a mail.

    ``validated``, ``reason`` and ``nextStep`` are ours: whether it has been proved, and if not, what was seen and
    what to do.
    """

    name: str
    auth_type: str
    value: str | None = None
    path: str | None = None
    file_name: str | None = None
    record_type: str | None = None
    host: str | None = None
    validated: bool | UnsetType = UNSET
    reason: str | None = None
    next_step: str | None = None


class OrderAuth(_Sparse, frozen=True, kw_only=True):
    """How the names of an order are to be proved, the common name apart from the others.

    The keys from ``authType`` on say of the common name once more what ``commonName`` says, under the flat names that
    one client looks for.
    """

    order_id: str
    common_name: NameAuth
    san: list[NameAuth]
    auth_type: str
    approver_email: str | None = None
    dns_name: str | None = None
    dns_value: str | None = None
    dns_type: str | None = None
    file_name: str | None = None
    file_content: str | None = None
    url: str | None = None


class DCVStatusAnswer(_Wire, frozen=True, kw_only=True):
    """Where an order stands after a fresh look; ``domains`` is ours."""

    order_id: str
    order_status: str
    cert_status: str
    domains: list[NameAuth]


# -- search and order info ---------------------------------------------------------------------------------------------


class SearchFilter(_Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition on one field."""

    field: str = ""
    operator: str | None = None
    value: str | None = None


class Pagination(_Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page; pages count from 1."""

    page: int | None = None
    page_size: int | None = None


class SearchRequest(_Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search; without filters it finds all orders."""

    filters: list[SearchFilter] | None = None
    pagination: Pagination | None = None


class SearchItem(_Wire, frozen=True, kw_only=True):
    """An order in a search's answer: these ten keys in this order."""

    order_id: str
    common_name: str
    term: int
    order_status: str
    cert_status: str
    product: str
    dtcreate: str
    dtorderexpire: str
    email: str
    company: str


class SearchAnswer(_Wire, frozen=True, kw_only=True):
    """A page of orders with exact totals."""

    page_size: int
    total_pages: int
    total_items: int
    items: list[SearchItem]


class OrderInfo(_Wire, frozen=True, kw_only=True):
    """An order in full. ``renewal``, ``reissue`` and ``cancel`` say what may be done now."""

    order_id: str
    common_name: str
    term: int
    order_status: str
    cert_status: str
    product: str
    dtcreate: str
    dtorderexpire: str
    dtcertexpire: str | None
    dtsettle: str | None
    dtmodify: str
    email: str
    company: str
    resid: str
    sanfield: list[str]
    auth_type: str
    renewal: bool
    reissue: bool
    cancel: bool
    admid: str | None
    tecid: str | None
    special_instruction: str
    remarks: str
