"""Whether CAA records let our CA issue for a name (RFC 8659, with the parameters of RFC 8657).

The first non-empty record set on the way up from the FQDN decides (RFC 8659 §3); for ``*.example.com`` the way begins
at ``example.com``. In it:

    a critical property that we don't understand       refuses (§4.1)
    for a wildcard, the ``issuewild`` properties       decide if there are any (§4.3)
    else the ``issue`` properties                      decide if there are any (§4.2)
    none of either                                     allows

One property that names us and whose parameters hold is enough. A value that does not follow the grammar names nobody
(§4.2). ``iodef`` tells where to send reports and decides nothing. A look-up that fails refuses: the BR would allow
treating some failures as permission, but only with a proof of absent DNSSEC that we don't make. How long records are
kept is told in ``caa_records``, how DNSSEC comes in in ``resolver``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.dcv.resolver import LookupFailed
from certwright.dcv.wording import listed, quoted
from certwright.domain.dcv import CAAResult, DCVMethod

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.dcv.caa_records import CAARecords
    from certwright.dcv.resolver import CAARecord
    from certwright.domain.identifier import Identifier

_CRITICAL = 128

_UNDERSTOOD = frozenset({"issue", "issuewild", "iodef", "issuemail"})
"""Property tags whose meaning we know; RFC 9495 §4 keeps ``issuemail`` to S/MIME."""

_METHOD_LABELS = {
    DCVMethod.EMAIL: "ca-tbr-4",
    DCVMethod.DNS_TXT: "ca-tbr-7",
    DCVMethod.DNS_CNAME: "ca-tbr-7",
    DCVMethod.WEBSITE: "ca-tbr-18",
}
"""BR §4.2.2.1: what ``validationmethods`` calls methods that are not ACME's, by their subsection of §3.2.2.4."""

_LABEL = r"[A-Za-z0-9](?:-*[A-Za-z0-9])*"
_ISSUER = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*)?\Z")
_PARAMETER = re.compile(rf"[ \t]*({_LABEL})[ \t]*=[ \t]*([\x21-\x3a\x3c-\x7e]*)[ \t]*\Z")


class DNSCAAChecker:
    """Asks DNS for CAA records and judges them for the CA that is known by the names ``issuers``.

    ``account_uri`` is what an ``accounturi`` parameter must say; with ``None``, none that is set can hold.
    """

    def __init__(
        self, records: CAARecords, *, issuers: Sequence[str], account_uri: str | None = None
    ) -> None:
        self._records = records
        self._issuers = tuple(issuer.lower() for issuer in issuers)
        self._account_uri = account_uri

    async def check(self, identifier: Identifier, *, method: DCVMethod) -> CAAResult:
        """Climb from the FQDN to its top-level domain and judge the first record set found."""
        labels = identifier.fqdn.split(".")
        for depth in range(len(labels)):
            name = ".".join(labels[depth:])
            try:
                answer = await self._records.find(name)
            except LookupFailed as failure:
                return CAAResult(
                    allowed=False,
                    reason=f"CAA records could not be read: {failure}. The name servers of {name} must answer "
                    "before a certificate can be issued",
                )
            if answer.records:
                fault = self._find_fault(answer.records, name, wildcard=identifier.is_wildcard, method=method)
                return CAAResult(allowed=fault is None, reason=fault or "", found_at=name)
        return CAAResult(allowed=True)

    def _find_fault(
        self, records: Sequence[CAARecord], name: str, *, wildcard: bool, method: DCVMethod
    ) -> str | None:
        """Say why the records refuse us and what to publish; ``None`` if they don't."""
        for record in records:
            if record.flags & _CRITICAL and record.tag.lower() not in _UNDERSTOOD:
                return f"The CAA record at {name} has the critical property {quoted(record.tag)}, which this CA does not know"
        tag = "issuewild" if wildcard and _values(records, "issuewild") else "issue"
        values = _values(records, tag)
        faults = [self._find_property_fault(value, method) for value in values]
        if not values or None in faults:
            return None
        advice = f'. Publish CAA 0 {tag} "{self._issuers[0]}" at {name} as well' if self._issuers else ""
        seen = [f"{tag} {quoted(value)} {fault}" for value, fault in zip(values, faults, strict=True)]
        return f"The CAA records at {name} do not let this CA issue: {listed(seen, separator='; ')}{advice}"

    def _find_property_fault(self, value: bytes, method: DCVMethod) -> str | None:
        """Say why one property does not let us issue; ``None`` if it does."""
        permission = _parse_permission(value)
        if permission is None:
            return "can't be read"
        if permission.issuer not in self._issuers:
            return "names another CA" if permission.issuer else "names no CA"
        accounts = permission.parameter("accounturi")
        if accounts and accounts != [self._account_uri]:  # RFC 8657 §3: a second one makes it unsatisfiable
            return "is for another account"
        methods = permission.parameter("validationmethods")
        if methods and (len(methods) > 1 or _METHOD_LABELS[method] not in methods[0].split(",")):
            return f"does not allow the validation method {_METHOD_LABELS[method]}"  # RFC 8657 §4
        return None


@dataclass(frozen=True, slots=True)
class _Parameter:
    tag: str
    value: str


@dataclass(frozen=True, slots=True)
class _Permission:
    """The value of an ``issue`` or ``issuewild`` property: an issuer, empty for nobody, and its parameters."""

    issuer: str
    parameters: tuple[_Parameter, ...] = ()

    def parameter(self, tag: str) -> list[str]:
        """List the values of a parameter, in any case of its tag."""
        return [parameter.value for parameter in self.parameters if parameter.tag == tag]


def _parse_permission(value: bytes) -> _Permission | None:
    """Read a value by the grammar of RFC 8659 §4.2; ``None`` if it does not follow it."""
    head, *rest = value.decode("ascii", "replace").split(";")
    issuer = head.strip(" \t").lower()
    if len(rest) == 1 and not rest[0].strip(" \t"):
        rest = []  # a lone semicolon
    matches = [_PARAMETER.match(text) for text in rest]
    if not _ISSUER.match(issuer):
        return None
    parameters = tuple(_Parameter(match[1].lower(), match[2]) for match in matches if match)
    return _Permission(issuer, parameters) if len(parameters) == len(matches) else None


def _values(records: Sequence[CAARecord], tag: str) -> list[bytes]:
    return [record.value for record in records if record.tag.lower() == tag]  # RFC 8659 §4.1: in any case
