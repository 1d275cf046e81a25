"""Notes, custom fields and reports as they are sent and answered."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from certwright.web.digicert.schemas.bodies import Flag
from certwright.web.digicert.schemas.parties import User


class AddNote(Struct):
    """The body of POST order/certificate/{id}/note."""

    text: str | None = None


class Note(Struct, kw_only=True):
    """A note beside an order."""

    id: int
    date_created: str
    text: str
    user: User


class Notes(Struct):
    """The notes of an order, oldest first."""

    notes: list[Note]


class CustomFieldValue(Struct, kw_only=True):
    """What an order holds in a custom field."""

    metadata_id: int
    label: str
    value: str


class ChangeField(Struct):
    """The body of POST account/metadata and PUT account/metadata/{id}; what is missing stays as it is."""

    label: str | None = None
    data_type: str | None = None
    description: str | None = None
    is_required: Flag = None
    is_active: Flag = None
    show_in_receipt: Flag = None


class CustomField(Struct, kw_only=True):
    """A custom field of the account."""

    id: int
    label: str
    is_required: bool
    is_active: bool
    description: str | UnsetType = UNSET
    data_type: str
    show_in_receipt: bool


class CustomFields(Struct):
    """The custom fields of the account."""

    metadata: list[CustomField]


class Made(Struct):
    """The id of what was just made."""

    id: int


class ValidatedEmail(Struct, kw_only=True):
    """An approver of a name that is proved by e-mail."""

    email: str
    status: str
    date_emailed: str | UnsetType = UNSET


class EmailValidation(Struct):
    """Where the e-mails of an order stand."""

    emails: list[ValidatedEmail]
    delivery_options: list[str]


class ExpiringCertificate(Struct):
    """A certificate that runs out in a span."""

    id: int
    order_id: int
    common_name: str
    serial_number: str
    valid_till: str


class ExpiringOrders(Struct, kw_only=True):
    """How many orders run out in a span, and with which certificates if that is asked for."""

    days_expiring: int
    order_count: int
    count: int | UnsetType = UNSET
    certificates: list[ExpiringCertificate] | UnsetType = UNSET


class ExpiringReport(Struct):
    """How many orders run out soon."""

    expiring_orders: list[ExpiringOrders]


class RequestCount(Struct):
    """How many requests of a type wait."""

    type: str
    request_count: int


class RequestCounts(Struct):
    """How many requests wait."""

    total: int
    types: list[RequestCount]


class RequestReport(Struct):
    """The report on requests."""

    request: RequestCounts


class ApprovalEmail(Struct):
    """Who is to approve a domain from now on."""

    domain: str | None = None
    email: str | None = None
    email_domain: str | None = None


class ResendEmails(Struct):
    """The body of PUT order/certificate/{id}/resend-emails."""

    domain_approval_emails: list[ApprovalEmail] | None = None
