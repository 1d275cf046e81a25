"""Domain validations: methods and approvers from their words, and what an applicant has to publish where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.dcv import (
    DNS_LABEL,
    WEBSITE_FILE,
    WEBSITE_PATH,
    DCVMethod,
    constructed_emails,
)
from certwright.domain.errors import Conflict
from certwright.domain.order import OrderedName
from certwright.web.webnic.schemas.proofs import Approver, DCVStatusAnswer, NameAuth, OrderAuth
from certwright.web.webnic.translate.faults import invalid_field
from certwright.web.webnic.translate.ids import order_id_text
from certwright.web.webnic.translate.statuses import status_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.domain.dcv import Validation
    from certwright.domain.identifier import Identifier
    from certwright.domain.order import Order
    from certwright.services.name_proofs import NameProof
    from certwright.services.order_view import OrderView
    from certwright.web.webnic.schemas.proofs import ApproverEmail

_METHODS = {"email": DCVMethod.EMAIL, "dns": DCVMethod.DNS_TXT, "file": DCVMethod.WEBSITE}
_WORDS = {method: word for word, method in _METHODS.items()} | {DCVMethod.DNS_CNAME: "dns"}
_RECORD_TYPES = {DCVMethod.DNS_TXT: "TXT", DCVMethod.DNS_CNAME: "CNAME"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """An approver that a client chose: for the names of a domain, or for whichever names the address may approve."""

    email: str
    domain: str | None = None

    def is_for(self, identifier: Identifier) -> bool:
        if self.domain is not None:
            return self.domain == identifier.fqdn
        return self.email in constructed_emails(identifier)


def parse_method(word: str) -> DCVMethod:
    """Read an ``authType`` in any case.

    Raises:
        InvalidFields: there is no such method.
    """
    method = _METHODS.get(word.lower())
    if method is None:
        raise invalid_field("authType", f"must be one of {', '.join(_METHODS)}")
    return method


def method_word(method: DCVMethod) -> str:
    """Return the ``authType`` of a method; both kinds of DNS records are ``dns``."""
    return _WORDS[method]


def assign_method(
    identifiers: Sequence[Identifier], method: DCVMethod, approvers: ApproverEmail | None
) -> tuple[OrderedName, ...]:
    """Give each name the method and, for e-mail, its approver.

    A name gets the approver chosen for its domain, else the first chosen address that may approve it, else the first
    of its own approver list.

    Raises:
        InvalidFields: an approver was chosen who has no say over any of the names.
    """
    if method is not DCVMethod.EMAIL:
        return tuple(OrderedName(identifier=identifier, method=method) for identifier in identifiers)
    chosen = {name.identifier: name for name in _choose(identifiers, _choices(approvers))}
    return tuple(
        chosen.get(identifier) or _by_email(identifier, constructed_emails(identifier)[0])
        for identifier in identifiers
    )


def keep_methods(
    identifiers: Sequence[Identifier], order: Order, approvers: ApproverEmail | None
) -> tuple[OrderedName, ...]:
    """Let the names of an order be proved as they were, and new names as its common name is.

    Chosen approvers count for whichever names are proved by e-mail.

    Raises:
        InvalidFields: as for ``assign_method``.
    """
    methods = {name.identifier: name for name in order.names}
    if approvers:
        by_email = [i for i in identifiers if methods.get(i, order.names[0]).method is DCVMethod.EMAIL]
        methods |= {name.identifier: name for name in assign_method(by_email, DCVMethod.EMAIL, approvers)}
    return tuple(
        methods.get(identifier) or assign_method([identifier], order.method, None)[0]
        for identifier in identifiers
    )


def changed_approvers(order: Order, approvers: ApproverEmail) -> tuple[OrderedName, ...]:
    """List the names of an order that are proved by e-mail and get another approver.

    Raises:
        Conflict: no name is proved by e-mail.
        InvalidFields: an approver was chosen who has no say over any of these names.
    """
    by_email = [name.identifier for name in order.names if name.method is DCVMethod.EMAIL]
    if not by_email:
        raise Conflict("No name of the order is proved by e-mail: change the auth type first")
    chosen = {name.identifier: name for name in _choose(by_email, _choices(approvers))}
    return tuple(
        chosen[name.identifier]
        for name in order.names
        if name.identifier in chosen and chosen[name.identifier] != name
    )


def order_auth(view: OrderView, cname_target: str) -> OrderAuth:
    """Write what has to be published to prove the names of an order, whether that has been done or not."""
    first, *others = view.proofs
    common_name = _name_auth(first, cname_target)
    is_file, is_dns = common_name.file_name is not None, common_name.record_type is not None
    return OrderAuth(
        order_id=order_id_text(view.order.id),
        common_name=common_name,
        san=[_name_auth(proof, cname_target) for proof in others],
        auth_type=common_name.auth_type,
        approver_email=first.name.approver_email,
        dns_name=common_name.host,
        dns_value=common_name.value if is_dns else None,
        dns_type=common_name.record_type,
        file_name=common_name.file_name,
        file_content=common_name.value if is_file else None,
        url=f"http://{first.name.identifier.fqdn}{WEBSITE_PATH}{WEBSITE_FILE}" if is_file else None,
    )


def dcv_status(view: OrderView, cname_target: str) -> DCVStatusAnswer:
    """Write where an order and each of its names stand."""
    words = status_words(view.order.status)
    return DCVStatusAnswer(
        order_id=order_id_text(view.order.id),
        order_status=words.order,
        cert_status=words.certificate,
        domains=[_name_auth(proof, cname_target) for proof in view.proofs],
    )


def _choices(approvers: ApproverEmail | None) -> list[_Choice]:
    entries = [approvers] if isinstance(approvers, str) else approvers or []
    return [_choice(entry) for entry in entries if entry]


def _choice(entry: str | Approver) -> _Choice:
    if isinstance(entry, Approver):
        domain = entry.domain.strip().lower().removeprefix("*.")
        return _Choice(email=entry.email.strip().lower(), domain=domain)
    return _Choice(email=entry.strip().lower())


def _choose(identifiers: Sequence[Identifier], choices: list[_Choice]) -> list[OrderedName]:
    """Give the names for which an approver was chosen that approver."""
    for choice in choices:
        if not any(choice.is_for(identifier) for identifier in identifiers):
            raise invalid_field("approverEmail", f"{choice.email} can't approve any name of the order")
    # A choice by domain comes before one by fit; sorting is stable, so that otherwise the client's order counts.
    ranked = sorted(choices, key=lambda choice: choice.domain is None)
    chosen = []
    for identifier in identifiers:
        best = next((choice for choice in ranked if choice.is_for(identifier)), None)
        if best is not None:
            chosen.append(_by_email(identifier, best.email))
    return chosen


def _by_email(identifier: Identifier, approver: str) -> OrderedName:
    return OrderedName(identifier=identifier, method=DCVMethod.EMAIL, approver_email=approver)


def _name_auth(proof: NameProof, cname_target: str) -> NameAuth:
    name, validation = proof.name, proof.validation
    # What has been proved, or given up, leaves nothing to be published.
    wanted = None if proof.is_proved else validation
    is_file = name.method is DCVMethod.WEBSITE
    record_type = _RECORD_TYPES.get(name.method)
    return NameAuth(
        name=name.identifier.name,
        auth_type=method_word(name.method),
        value=name.approver_email or (_value(wanted, cname_target) if wanted else None),
        path=WEBSITE_PATH if is_file else None,
        file_name=WEBSITE_FILE if is_file else None,
        record_type=record_type,
        host=f"{DNS_LABEL}.{name.identifier.fqdn}" if record_type else None,
        validated=proof.is_proved,
        reason=wanted.reason if wanted else None,
        next_step=wanted.next_step if wanted else None,
    )


def _value(wanted: Validation, cname_target: str) -> str:
    is_alias = wanted.method is DCVMethod.DNS_CNAME
    return f"{wanted.random_value}.{cname_target}" if is_alias else wanted.random_value
