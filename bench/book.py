"""A realistic order book as rows: an order a minute or more often up to now, with everything that would have been stored.

Rows are mappings from column to value, in the encoding of the store (instants in microseconds). ``bench.load`` puts
them into the columns that the migrations made, and fails when a column is missing here or there.

A book grows into the past: it begins with the newest orders, and every step adds what was before. Its newest part is made here;
what is older are copies of that which the database makes: the same names ordered again and again, as names are. Numbers,
change sequences and instants all follow from an order's place in the largest book, so what is placed meanwhile lies behind all.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from bench.lives import CERTIFICATE_STATUS, PATHS, SHARES
from bench.names import NEEDLE, Names
from certwright.domain.certificate import CertificateStatus
from certwright.domain.dcv import DCVMethod
from certwright.domain.identifier import Identifier
from certwright.domain.order import OrderDetails, OrderedName
from certwright.domain.status import OPEN, Action, OrderStatus
from certwright.services.ports import JobKind
from certwright.store.certificates import COLUMNS as CERTIFICATE_COLUMNS
from certwright.store.names import encode_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.accounts import Holder

TABLES = (
    "orders",
    "order_names",
    "certificates",
    "validations",
    "order_changes",
    "approval_requests",
    "jobs",
)

Row = dict[str, Any]
Rows = dict[str, list[Row]]

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
_LONGEST_SPAN = 3 * 365 * DAY
_SEED = 2026
_CHUNK = 5_000
_MOST_CHANGES = max(map(len, PATHS.values())) + 1
_S, _A = OrderStatus, Action

_PRODUCTS = ("positivessl", "sectigo-ssl", "alphassl")
# Of the size of a P-256 CSR and leaf; nothing reads them.
_CSR, _DER = bytes(range(256)) + bytes(150), bytes(range(256)) * 2 + bytes(250)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a measurement needs to know of a row of the first part to say what must be found."""

    order_id: int
    common_name: str
    status: OrderStatus
    changed_at: int


class Book:
    """The orders of one account: at most ``largest``, numbered from ``first``, the last of them placed at ``until``.

    The newest ``part`` of them are made here; the whole book is ``copies`` of those, each ``shift`` microseconds earlier.
    """

    def __init__(self, holder: Holder, *, first: int, until: int, largest: int, part: int) -> None:
        self.holder = holder
        self.first = first
        self.largest = largest
        self.part = min(part, largest)
        self.size = 0
        self.entries: list[Entry] = []
        self._step = min(MINUTE, _LONGEST_SPAN // largest)
        self.shift = self.part * self._step
        self._until = until
        self._rng = random.Random(_SEED + first)
        self._names = Names(self.part, self._rng)

    @property
    def copies(self) -> int:
        """How often the part is in the book, itself among them; 1 while it is not whole."""
        return max(1, self.size // self.part)

    @property
    def last_sequence(self) -> int:
        """The largest change sequence that any order of the book can have."""
        return self.largest * _MOST_CHANGES

    @property
    def sequences_a_part(self) -> int:
        """How far the change sequences of a copy lie before those of the next."""
        return self.part * _MOST_CHANGES

    def grow(self, size: int) -> Iterator[Rows]:
        """Give the rows of every table by which the book grows, a few thousand orders at a time, except for its copies."""
        assert size <= self.part or size % self.part == 0, (
            f"{size:,} orders are not whole parts of {self.part:,}"
        )
        made = min(size, self.part)
        new = range(self.largest - made, self.largest - len(self.entries))
        needles = () if self.entries else {new[made // 20], new[made // 2], new[made * 19 // 20]}
        statuses = self._rng.choices(list(PATHS), weights=SHARES, k=len(new))
        self.size = size
        rows = _no_rows()
        for place, status in zip(new, statuses, strict=True):
            name = self._names.draw()
            if place in needles:
                name = f"{NEEDLE}.{name.removeprefix('*.')}"
            self._add_order(rows, place, status, name)
            if len(rows["orders"]) == _CHUNK:
                yield rows
                rows = _no_rows()
        yield rows

    def _add_order(self, rows: Rows, place: int, status: OrderStatus, name: str) -> None:
        rng, number = self._rng, self.first + place
        created_at = self._until - (self.largest - place) * self._step + rng.randrange(self._step)
        changed_at = (
            min(self._until, created_at + rng.randrange(10 * MINUTE)) if PATHS[status] else created_at
        )
        term = rng.choice((1, 1, 1, 2, 3))
        product = "positivessl-wildcard" if name.startswith("*.") else rng.choice(_PRODUCTS)
        shared: Row = {"account_id": self.holder.account_id, "order_id": number, "created_at": created_at}
        domain = name.removeprefix("*.").removeprefix("www.")
        ordered = [name, f"www.{name}"] if name == domain else [name]
        details = OrderDetails(email=f"admin@{domain}", company=domain.partition(".")[0].title())
        value = f"{rng.getrandbits(160):032x}"[:32]
        # Read back by the store as it writes them itself.
        names = encode_names(
            [OrderedName(identifier=Identifier(text), method=DCVMethod.DNS_TXT) for text in ordered]
        )
        shared = {**shared, "names": names}
        rows["orders"].append(
            {
                **_NOTHING_MORE,
                **shared,
                "id": number,
                "placed_by": self.holder.key_id,
                "product_key": product,
                "status": status.value,
                "common_name": name,
                "term_years": term,
                "certificate_id": number,
                "expires_at": created_at + term * 365 * DAY,
                "status_changed_at": changed_at,
                "status_reason": "The certificate was issued"
                if status is _S.ISSUED
                else "As its owner wished",
                "random_value": value,
                "administrator_contact_id": self.holder.contact_id,
                "technical_contact_id": self.holder.contact_id,
                "email": details.email,
                "details": msgspec.json.encode(details).decode(),
                "version": len(PATHS[status]),
            }
        )
        for position, text in enumerate(ordered):
            rows["order_names"].append({**shared, "position": position, "name": text})
        self._add_certificate(rows, shared, status, changed_at)
        self._add_changes(rows, shared, status, changed_at)
        self._add_the_rest(rows, shared, status, domain, value)
        self.entries.append(Entry(order_id=number, common_name=name, status=status, changed_at=changed_at))

    def _add_certificate(self, rows: Rows, shared: Row, status: OrderStatus, changed_at: int) -> None:
        number = shared["order_id"]
        certificate_status = CERTIFICATE_STATUS.get(status, CertificateStatus.PENDING)
        serial = f"{self._rng.getrandbits(160):040X}"
        not_after = self._until + self._rng.randrange(1, 90) * DAY
        row = {**_NOT_ISSUED, **shared, "id": number, "status": certificate_status.value, "kind": "original"}
        if status is not _S.NEEDS_CSR:
            row |= {"csr": _CSR, "key_hash": hashlib.sha256(serial.encode()).digest()}
        if _A.ISSUE in PATHS[status]:
            row |= {
                "der": _DER,
                "authority_id": self.holder.authority_id,
                "serial_number": serial,
                "sha1_thumbprint": serial[::-1],
                "not_before": shared["created_at"],
                "not_after": not_after,
                "issued_at": changed_at,
            }
        if status is _S.REVOKED:
            row |= {"revoked_at": changed_at, "revocation_reason": "superseded"}
        rows["certificates"].append(row)
        if status is _S.ISSUED:
            rows["jobs"].append(_job(JobKind.EXPIRE_CERTIFICATE, number, not_after))

    def _add_changes(self, rows: Rows, shared: Row, status: OrderStatus, changed_at: int) -> None:
        actions = (_A.PLACE, *PATHS[status])
        before = (shared["order_id"] - self.first) * _MOST_CHANGES
        for sequence, action in enumerate(actions, before + 1):
            last = action is actions[-1]
            rows["order_changes"].append(
                {
                    "account_id": shared["account_id"],
                    "sequence": sequence,
                    "order_id": shared["order_id"],
                    "certificate_id": shared["order_id"],
                    "action": action.value,
                    "from_status": None if action is _A.PLACE else _S.PENDING.value,
                    "to_status": status.value if last else _S.PENDING.value,
                    "actor_kind": "key" if action is _A.PLACE else "worker",
                    "actor_id": str(self.holder.key_id) if action is _A.PLACE else "",
                    "reason": "As its owner wished",
                    "changed_at": changed_at if last else shared["created_at"],
                }
            )

    def _add_the_rest(self, rows: Rows, shared: Row, status: OrderStatus, domain: str, value: str) -> None:
        number, created_at = shared["order_id"], shared["created_at"]
        is_proved = _A.SUBMIT in PATHS[status]
        if number % 3 == 0 or not is_proved:  # the others used a proof that was there
            rows["validations"].append(
                {
                    **shared,
                    "id": number,
                    "domain": domain,
                    "method": "dns-txt",
                    "status": "valid" if is_proved else "pending",
                    "random_value": value,
                    "value_expires_at": created_at + 30 * DAY,
                    "approver_email": None,
                    "proved_domain": domain if is_proved else None,
                    "validated_at": created_at if is_proved else None,
                    "reusable_until": created_at + 100 * DAY if is_proved else None,
                    "last_checked_at": created_at,
                    "reason": "" if is_proved else "No TXT record was found",
                    "next_step": "",
                    "version": 1 if is_proved else 0,
                }
            )
        rows["approval_requests"].append(
            {
                **shared,
                "id": number,
                "kind": "new_request",
                "status": "approved",
                "requester": self.holder.key_id,
                "comments": "",
                "certificate_id": number,
                "revocation_reason": None,
                "reviewer": None,
                "processor": self.holder.key_id,
                "processor_comment": "",
                "processed_at": created_at,
            }
        )
        if status in OPEN:
            # Far enough ahead for the worker to rest while others are measured.
            rows["jobs"].append(_job(JobKind.LAPSE_ORDER, number, self._until + 30 * DAY))
            rows["jobs"].append(_job(JobKind.ADVANCE_ORDER, number, self._until + DAY))


_NOT_ISSUED = dict.fromkeys(CERTIFICATE_COLUMNS)
_NOTHING_MORE = {
    "status_reason": "",
    "pending_certificate_id": None,
    "organization_id": None,
    "renewal_of_order_id": None,
    "renewed_by_order_id": None,
    "alternative_order_id": "",
}


def _no_rows() -> Rows:
    return {table: [] for table in TABLES}


def _job(kind: JobKind, subject_id: int, run_at: int) -> Row:
    return {
        "kind": kind.value,
        "subject_id": subject_id,
        "run_at": run_at,
        "lease_until": 0,
        "tries": 0,
        "generation": 0,
        "last_error": "",
    }
