"""What clients send.

Every field may be missing or null, numbers may come as text, and fields that are not named here are ignored: clients
send zeros, empty texts and empty objects for what they do not mean. What is really needed is asked for in
``translate``, so that its absence is told by the name of the parameter.
"""

from __future__ import annotations

import msgspec

Number = int | str | None
"""A number that some clients send as text."""

Flag = bool | int | str | None
"""A yes or no that some clients send as 1, "1" or "true"."""


class Validity(msgspec.Struct):
    """How long a certificate or an order is to last, in one of three units."""

    years: Number = None
    days: Number = None
    custom_expiration_date: str | None = None


class Reference(msgspec.Struct):
    """A thing named by its id."""

    id: Number = None


class OrderedCertificate(msgspec.Struct):
    """The certificate that an order asks for; some clients send the bare number of the platform."""

    common_name: str | None = None
    dns_names: list[str | None] | None = None
    csr: str | None = None
    cert_validity: Validity | None = None
    server_platform: Reference | Number = None


class ProductHint(msgspec.Struct):
    """What kind of product is wanted where the path says only ``ssl``."""

    type_hint: str | None = None


class ApproverEmail(msgspec.Struct):
    """Who is to approve a name by e-mail: an address, or the domain at which we choose one."""

    dns_name: str | None = None
    email_domain: str | None = None
    email: str | None = None


class CustomFieldValue(msgspec.Struct):
    """What an order is to hold in a custom field; the body of POST order/certificate/{id}/custom-field."""

    metadata_id: Number = None
    value: str | int | float | bool | None = None


class PlaceOrder(msgspec.Struct):
    """The body of POST order/certificate/{product}."""

    certificate: OrderedCertificate | None = None
    organization: Reference | None = None
    product: ProductHint | None = None
    order_validity: Validity | None = None
    validity_years: Number = None
    validity_days: Number = None
    custom_expiration_date: str | None = None
    dcv_method: str | None = None
    dcv_emails: list[ApproverEmail] | None = None
    renewal_of_order_id: Number = None
    skip_approval: Flag = None
    comments: str | None = None
    additional_emails: list[str | None] | None = None
    alternative_order_id: Number = None
    custom_fields: list[CustomFieldValue] | None = None


class UpdateStatus(msgspec.Struct):
    """The body of PUT order/certificate/{id}/status."""

    status: str | None = None
    note: str | None = None


class ChangeMethod(msgspec.Struct):
    """The body of PUT order/certificate/{id}/dcv-method."""

    dcv_method: str | None = None
    dcv_emails: list[ApproverEmail] | None = None


class NameToCheck(msgspec.Struct):
    """A name of an order, to be looked at alone."""

    dns_name: str | None = None


class CheckDCV(msgspec.Struct):
    """The body of PUT order/certificate/{id}/check-dcv; the manual spells its one field in both ways."""

    dns_name_validations: list[NameToCheck] | None = None
    dns_names_validations: list[NameToCheck] | None = None


class SupplyCSR(msgspec.Struct):
    """The body of POST order/certificate/{id}/csr."""

    csr: str | None = None


class Revoke(msgspec.Struct):
    """The body of PUT …/revoke; the words of the reason and of the comment differ from client to client."""

    revocation_reason: str | None = None
    reason: str | None = None
    comments: str | None = None
    comment: str | None = None
    skip_approval: Flag = None


class DecideRequest(msgspec.Struct):
    """The body of PUT request/{id}/status."""

    status: str | None = None
    processor_comment: str | None = None
