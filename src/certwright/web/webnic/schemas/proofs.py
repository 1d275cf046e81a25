"""How the names of an order are proved."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, UnsetType

from certwright.web.webnic.schemas.csrs import LONGEST_NAME
from certwright.web.webnic.schemas.wire import (
    MOST_NAMES,
    Sparse,
    Wire,
    limited,
    limited_list,
    required,
    required_value,
)

_Address = Annotated[str, limited(LONGEST_NAME + 65, "admin@example.com")]


class Approver(Wire, frozen=True, kw_only=True):
    """Who is to approve which name."""

    domain: Annotated[str, limited(LONGEST_NAME, "example.com")]
    email: _Address


ApproverEmail = _Address | Annotated[list[_Address | Approver], limited_list(MOST_NAMES)]
"""The three forms that clients send: an address, several, or one per name."""

AuthType = Annotated[str, limited(10, "dns")]


class ChangeAuthRequest(Wire, frozen=True, kw_only=True):
    """Another way to prove the names of an order."""

    auth_type: Annotated[str, required(10, "dns")] = ""
    approver_email: ApproverEmail | None = None


class ChangeApproverRequest(Wire, frozen=True, kw_only=True):
    """Other approvers for the names of an order that are proved by e-mail."""

    approver_email: Annotated[ApproverEmail | None, required_value()] = None


class NameAuth(Sparse, frozen=True, kw_only=True):
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


class OrderAuth(Sparse, frozen=True, kw_only=True):
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


class DCVStatusAnswer(Wire, frozen=True, kw_only=True):
    """Where an order stands after a fresh look; ``domains`` is ours."""

    order_id: str
    order_status: str
    cert_status: str
    domains: list[NameAuth]
