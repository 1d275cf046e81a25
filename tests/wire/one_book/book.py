"""What both dialects say of an account's orders, held against the orders themselves.

The words are those of the table in docs/order-lifecycle.md; the flags are worked out from ``TRANSITIONS``.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography import x509

from certwright.domain.approval import WAITING
from certwright.domain.certificate import CertificateKind, CertificateStatus
from certwright.domain.status import TRANSITIONS, Action, OrderStatus

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import Certificate
    from certwright.domain.change import StatusChange
    from certwright.domain.order import Order
    from certwright.services.accounts import NewAccount
    from tests.support.server import Server

DIGICERT = "/services/v2"
WEBNIC = "/ssl/v2/orders"
PAGE = Path(__file__).parents[3] / "docs" / "order-lifecycle.md"
WINDOW_OPENS = timedelta(days=90)
WINDOW_CLOSES = timedelta(days=30)
_LOOK_BACK = timedelta(days=7)
_ISSUED_ONCE = {CertificateStatus.ISSUED, CertificateStatus.REVOKED, CertificateStatus.EXPIRED}


class Words(NamedTuple):
    """How the two dialects tell a status."""

    webnic_order: str
    webnic_certificate: str
    digicert: str


def read_words() -> dict[OrderStatus, Words]:
    """Read the table of the documentation."""
    row = re.compile(r"^\| `(\w+)` \|.*\| `(\w+)` / `(\w+)` \| `(\w+)` \|$", re.MULTILINE)
    return {OrderStatus(found[0]): Words(*found[1:]) for found in row.findall(PAGE.read_text())}


WORDS = read_words()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An order of the book with all that belongs to it, as it is stored."""

    order: Order
    certificates: list[Certificate]
    requests: list[ApprovalRequest]
    changes: list[StatusChange]

    @property
    def current(self) -> Certificate:
        return next(each for each in self.certificates if each.id == self.order.certificate_id)

    @property
    def words(self) -> Words:
        return WORDS[self.order.status]

    def allows(self, *actions: Action) -> bool:
        """Whether the table has one of the actions for where the order stands."""
        return any((self.order.status, action) in TRANSITIONS for action in actions)

    def can_cancel(self) -> bool:
        return self.allows(Action.CANCEL, Action.CANCEL_REISSUE)

    def can_have_another(self, action: Action, now: datetime) -> bool:
        """Whether a reissue or a duplicate can be asked for."""
        return self.allows(action) and now < self.order.expires_at

    def can_renew(self, now: datetime) -> bool:
        order = self.order
        if order.renewed_by_order_id or order.status not in {OrderStatus.ISSUED, OrderStatus.EXPIRED}:
            return False
        ended = self.current.not_after if order.status is OrderStatus.EXPIRED else None
        end = ended or order.expires_at
        return end - WINDOW_OPENS <= now <= end + WINDOW_CLOSES

    def can_revoke(self, certificate: Certificate | None = None) -> bool:
        """Whether there is something to revoke: one certificate, or anything of the order."""
        if certificate is not None:
            is_reissued = self.order.status is OrderStatus.REISSUE_PENDING
            return certificate.status is CertificateStatus.ISSUED and not is_reissued
        some = any(each.status is CertificateStatus.ISSUED for each in self.certificates)
        return some or self.allows(Action.REVOKE)


async def read_book(server: Server, account: NewAccount) -> dict[int, Entry]:
    """Read every order of the account from the store, the oldest first."""
    account_id = account.account.id
    found: dict[int, Entry] = {}
    async with server.program.store.reading() as work:
        for change in await work.changes.list_after(account_id, 0, limit=10_000):
            order_id = change.order_id
            if order_id not in found:
                found[order_id] = Entry(
                    order=await work.orders.get(account_id, order_id),
                    certificates=await work.certificates.list_of_order(account_id, order_id),
                    requests=await work.requests.list_of_order(account_id, order_id),
                    changes=await work.changes.list_of_order(account_id, order_id),
                )
    return found


class Hearing:
    """Asks both dialects about an account's orders and notes wherever one says something else than the book."""

    def __init__(self, server: Server, account: NewAccount) -> None:
        self._server = server
        self._account = account
        self.found: list[str] = []

    async def ask(self) -> list[str]:
        """Ask everything and return what is not so."""
        book = await read_book(self._server, self._account)
        for order_id, entry in book.items():
            self._check_log(entry)
            self._check_parts(entry)
            await self._ask_digicert_info(order_id, entry)
            await self._ask_webnic_info(order_id, entry)
        await self._ask_lists(book)
        await self._ask_status_changes(book)
        await self._ask_statistics(book)
        return self.found

    def _same(self, what: str, told: object, true: object) -> None:
        if told != true:
            self.found.append(f"{what}: told {told!r}, and it is {true!r}")

    def _check_log(self, entry: Entry) -> None:
        order, before = entry.order, None
        for change in entry.changes:
            self._same(f"order {order.id}: the log goes on", change.from_status, before)
            if before is not None:
                known = TRANSITIONS.get((before, change.action))
                self._same(f"order {order.id}: {before} {change.action}", change.to_status, known)
            before = change.to_status
        self._same(f"order {order.id}: the end of the log", before, order.status)
        self._same(
            f"order {order.id}: the last change", order.status_changed_at, entry.changes[-1].changed_at
        )

    def _check_parts(self, entry: Entry) -> None:
        """Nothing may wait under an order that can have no use for it any more."""
        order = entry.order
        waiting = {each.certificate_id for each in entry.requests if each.status in WAITING}
        pending = {each.id for each in entry.certificates if each.status is CertificateStatus.PENDING}
        is_open = order.status not in {*_ENDED, OrderStatus.EXPIRED}
        if not is_open:
            self._same(f"order {order.id}: certificates that wait", pending, set())
            self._same(f"order {order.id}: requests that wait", waiting - {None} & pending, set())
        self._same(
            f"order {order.id}: a reissue is under way",
            order.pending_certificate_id is not None,
            order.status is OrderStatus.REISSUE_PENDING,
        )
        if order.status in {OrderStatus.ISSUED, OrderStatus.REISSUE_PENDING}:
            self._same(f"order {order.id}: current certificate", entry.current.status in _ISSUED_ONCE, True)

    async def _digicert(self, path: str) -> Any:
        answer = await self._server.digicert("GET", DIGICERT + path, account=self._account)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def _webnic(self, method: str, path: str, **request: Any) -> Any:
        answer = await self._server.webnic(method, WEBNIC + path, account=self._account, **request)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def _ask_digicert_info(self, order_id: int, entry: Entry) -> None:
        info = await self._digicert(f"/order/certificate/{order_id}")
        current, who = entry.current, f"DigiCert's order {order_id}"
        self._same(f"{who} status", info["status"], entry.words.digicert)
        told = info["certificate"]
        self._same(f"{who} certificate", told["id"], current.id)
        self._same(f"{who} names", told["dns_names"], [name.identifier.name for name in current.names])
        self._same(f"{who} has a serial number", "serial_number" in told, current.der is not None)
        self._same(f"{who} certificate status", told.get("status"), _certificate_status(current))
        self._same(f"{who} renewal of", info.get("renewal_of_order_id"), entry.order.renewal_of_order_id)
        self._same(f"{who} renewed by", info.get("renewed_order_id"), entry.order.renewed_by_order_id)
        self._same(f"{who} is_renewed", info["is_renewed"], entry.order.renewed_by_order_id is not None)
        requests = {each.id: (each.kind.value, each.status.value) for each in entry.requests}
        self._same(f"{who} requests", {r["id"]: (r["type"], r["status"]) for r in info["requests"]}, requests)
        for kind in (CertificateKind.REISSUE, CertificateKind.DUPLICATE):
            rows = (await self._digicert(f"/order/certificate/{order_id}/{kind.value}"))["certificates"]
            true = [(each.id, _ROW_WORDS[each.status]) for each in entry.certificates if each.kind is kind]
            self._same(f"{who} {kind.value}s", [(row["id"], row["status"]) for row in rows], true)
            issued = sum(each.status in _ISSUED_ONCE for each in entry.certificates if each.kind is kind)
            self._same(f"{who} {kind.value}s_count", info[f"{kind.value}s_count"], issued)

    async def _ask_webnic_info(self, order_id: int, entry: Entry) -> None:
        info = await self._webnic("GET", f"/info?orderId={2_000_000_000 + order_id}")
        now, who = self._server.clock.now(), f"WebNIC's order {order_id}"
        statuses = (info["orderStatus"], info["certStatus"])
        self._same(f"{who} status", statuses, entry.words[:2])
        names = [info["commonName"], *info["sanfield"]]
        self._same(f"{who} names", names, [name.identifier.name for name in entry.order.names])
        self._same(f"{who} may be canceled", info["cancel"], entry.can_cancel())
        self._same(f"{who} may be reissued", info["reissue"], entry.can_have_another(Action.REISSUE, now))
        self._same(f"{who} may be renewed", info["renewal"], entry.can_renew(now))
        self._same(f"{who} has an end", info["dtcertexpire"] is not None, entry.current.der is not None)

    async def _ask_lists(self, book: dict[int, Entry]) -> None:
        newest_first = sorted(book, reverse=True)
        listed = await self._digicert("/order/certificate")
        self._same("DigiCert's total", listed["page"]["total"], len(book))
        self._same("DigiCert's list", [row["id"] for row in listed["orders"]], newest_first)
        for row in listed["orders"]:
            entry = book[row["id"]]
            told = (row["status"], row["certificate"]["id"], row["certificate"]["dns_names"])
            names = [name.identifier.name for name in entry.current.names]
            self._same(
                f"DigiCert's row {row['id']}", told, (entry.words.digicert, entry.order.certificate_id, names)
            )
        found = await self._webnic("POST", "/search", json={})
        self._same("WebNIC's total", found["totalItems"], len(book))
        rows = {int(item["orderId"]) - 2_000_000_000: item for item in found["items"]}
        self._same("WebNIC's list", list(rows), newest_first)
        for order_id, item in rows.items():
            statuses = (item["orderStatus"], item["certStatus"])
            self._same(f"WebNIC's row {order_id}", statuses, book[order_id].words[:2])
        # Asking for all of them takes too long: those that an order has come to, or left, of late.
        lately = self._server.clock.now() - timedelta(seconds=2)
        moved = [entry for entry in book.values() if entry.order.status_changed_at >= lately]
        for words in {WORDS[change.to_status] for entry in moved for change in entry.changes[-2:]}:
            await self._ask_filters(book, words)
        for entry in moved:
            await self._ask_downloads(entry)

    async def _ask_filters(self, book: dict[int, Entry], words: Words) -> None:
        """A filter finds what is shown under its word; DigiCert's "issued" finds expired orders too."""
        wanted = {words.digicert, "expired"} if words.digicert == "issued" else {words.digicert}
        listed = await self._digicert(f"/order/certificate?filters[status]={words.digicert}")
        true = {order_id for order_id, entry in book.items() if entry.words.digicert in wanted}
        told = {row["id"] for row in listed.get("orders", ())}
        self._same(f"DigiCert's orders that are {words.digicert}", told, true)
        for field, index in (("orderStatus", 0), ("certStatus", 1)):
            filters = [{"field": field, "operator": "EQUAL", "value": words[index].upper()}]
            found = await self._webnic("POST", "/search", json={"filters": filters})
            true = {order_id for order_id, entry in book.items() if entry.words[index] == words[index]}
            told = {int(item["orderId"]) - 2_000_000_000 for item in found["items"]}
            self._same(f"WebNIC's orders with {field} {words[index]}", told, true)

    async def _ask_downloads(self, entry: Entry) -> None:
        """Both send the current certificate, or say that there is none."""
        told: list[str | None] = []
        order_id = entry.order.id
        for answer in (
            await self._server.digicert(
                "GET",
                f"{DIGICERT}/certificate/download/order/{order_id}/format/pem",
                account=self._account,
            ),
            await self._server.webnic(
                "POST",
                f"{WEBNIC}/{2_000_000_000 + order_id}/download/format/PEM",
                account=self._account,
            ),
        ):
            if answer.is_success:
                leaf = x509.load_pem_x509_certificate(answer.content.split(b"-----END")[0] + _PEM_END)
                told.append(f"{leaf.serial_number:X}")
            else:
                told.append(None)
        self._same(f"downloads of order {order_id}", told, [entry.current.serial_number] * 2)

    async def _ask_status_changes(self, book: dict[int, Entry]) -> None:
        now = self._server.clock.now()
        for span in (timedelta(minutes=1), _LOOK_BACK):
            seconds = int(span.total_seconds())
            told = (await self._digicert(f"/order/certificate/status-changes?seconds={seconds}")).get(
                "orders", []
            )
            true = [
                {
                    "order_id": order_id,
                    "certificate_id": entry.order.certificate_id,
                    "status": entry.words.digicert,
                }
                for order_id, entry in sorted(book.items(), reverse=True)
                if entry.order.status_changed_at >= now - span
            ]
            self._same(f"status changes of {seconds} seconds", told, true)

    async def _ask_statistics(self, book: dict[int, Entry]) -> None:
        told = await self._webnic("GET", "/statistics")
        by_word = Counter(entry.words.webnic_order for entry in book.values())
        for word in {words.webnic_order for words in WORDS.values()}:
            key = "total" + "".join(part.capitalize() for part in word.split("_"))
            self._same(f"WebNIC's {key}", told[key], by_word[word])


_PEM_END = b"-----END CERTIFICATE-----"
_ENDED = {OrderStatus.REJECTED, OrderStatus.CANCELED, OrderStatus.REFUNDED, OrderStatus.REVOKED}
_ROW_WORDS = {
    CertificateStatus.PENDING: "pending",
    CertificateStatus.ISSUED: "issued",
    CertificateStatus.REVOKED: "revoked",
    CertificateStatus.EXPIRED: "expired",
    CertificateStatus.CANCELED: "rejected",
}


def _certificate_status(current: Certificate) -> str | None:
    """Return a certificate's own status as DigiCert tells it: from the first reissue or revocation on."""
    if current.status is CertificateStatus.REVOKED:
        return "revoked"
    is_reissue = current.kind is CertificateKind.REISSUE
    return "issued" if is_reissue and current.status is CertificateStatus.ISSUED else None
