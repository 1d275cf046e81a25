"""Every route of every dialect, whatever it does: who may ask, whose things can be seen, and what nonsense comes to.

The routes are taken from the applications, so a new one is asked too without a word here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.dcv import DCVMethod
from certwright.domain.identifier import Identifier
from certwright.domain.organization import Address
from certwright.domain.product import ValidationLevel
from certwright.services.annotations import FieldChange
from certwright.services.domains import NewDomain
from certwright.services.organizations import NewOrganization
from certwright.services.webhooks import WebhookWishes
from certwright.web.digicert import routes as digicert
from certwright.web.native import routes as native
from certwright.web.shared.rate_limits import RateLimits
from certwright.web.webnic import routes as webnic
from tests.support.server import csr_for
from tests.support.subscriptions import subscribe_unreachable

if TYPE_CHECKING:
    import httpx2

    from certwright.services.accounts import NewAccount
    from tests.support.server import Server

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND")
PUBLIC = {"/reseller/v2/api-user/token", "/ssl/openapi.json", "/services/openapi.json", "/v1/openapi.json"}

# What an operation wants before it looks at the id in its path, so that the foreign id is what it stumbles over.
BODIES: dict[str, dict[str, Any]] = {
    "/ssl/v2/orders/{orderId}/auth": {"authType": "dns"},
    "/ssl/v2/orders/{orderId}/approver-email": {"approverEmail": "admin@own.test"},
    "/ssl/v2/orders/{orderId}/renew": {"term": 1},
    "/ssl/v2/orders/{orderId}/reissue": {"csr": csr_for("own.test")},
    "/ssl/v2/organization/{organizationId}/validation/submit": {"validationType": "OV"},
    "/ssl/v2/organization/{organizationId}/contact/update": {
        "firstName": "Ada",
        "lastName": "Example",
        "email": "ada@example.test",
        "phoneNumber": "+60.312345678",
    },
    "/services/v2/order/certificate/{id}/status": {"status": "CANCELED", "note": "x"},
    "/services/v2/order/certificate/{id}/csr": {"csr": csr_for("own.test")},
    "/services/v2/order/certificate/{id}/dcv-method": {"dcv_method": "dns-txt-token"},
    "/services/v2/order/certificate/{id}/reissue": {"certificate": {"csr": csr_for("own.test")}},
    "/services/v2/order/certificate/{id}/duplicate": {"certificate": {"csr": csr_for("own.test")}},
    "/services/v2/order/certificate/{id}/note": {"note": "x"},
    "/services/v2/order/certificate/{id}/custom-field": {"custom_fields": [{"metadata_id": 1, "value": "x"}]},
    "/services/v2/account/metadata/{id}": {"label": "x"},
    "/services/v2/organization/{id}/validation": {"validations": [{"type": "ov"}]},
    "/services/v2/domain/{id}/dcv/method": {"dcv_method": "dns-txt-token"},
    "/services/v2/domain/{id}/validation": {"validations": [{"type": "ov"}]},
    "/services/v2/webhook/{id}/check-challenge": {"token": "x"},
    "/services/v2/request/{id}/status": {"status": "approved"},
    "/v1/webhooks/{webhook_id}/replay": {"after": 0},
}
PERSON = {
    "company": "Example",
    "firstName": "Domain",
    "lastName": "Example",
    "address1": "1 Jalan",
    "city": "Kuala Lumpur",
    "state": "KL",
    "countryCode": "MY",
    "zip": "50000",
    "phoneNumber": "+60.312345678",
    "email": "owner@example.test",
}
# An account is one container, whose number reports do not ask for.
FIXED = {
    "token": "x",
    "container_id": "1",
    "template_id": "1",
    "format": "pem_all",
    "platform": "45",
    "name_id": "ssl_plus",
}

NONSENSE = [
    b"",
    b"{",
    b"nul",
    b"[]",
    b'"x"',
    b"[" * 100_000,
    b"\xff\xfe{}",
    b'{"a": "\\ud800"}',
    b'{"term": 1e999, "validity_years": 1e999}',
    b'{"filters": {}, "certificate": [], "csr": {}, "authType": 5, "status": [], "administrator": "x"}',
    b'{"filters": null, "certificate": null, "csr": null, "authType": null, "status": null}',
    b'{"csr": "\\u0000", "status": "\\u0000", "authType": "\\u0000", "productKey": "\\u0000"}',
    b'{"pagination": {"page": 99999999999999999999, "pageSize": -1}}',
]
STRANGE_IDS = ["0", "-1", "1.0", "abc", "%00", "%D9%A3", "9" * 25, "2147483648", "x" * 300, "%F0%9F%92%A9"]
STRANGE_QUERIES = [
    "minutes=x&limit=x&offset=x",
    "minutes=-1&limit=-1&offset=-1",
    f"minutes={'9' * 30}&limit={'9' * 30}&offset={'9' * 30}",
    "minutes=%00&filters[search]=%00&commonName=%00&orderId=%00",
    "filters[status]=nonsense&filters[id]=x&filters[date_created]=1...2...3&sort=nonsense",
    "filters[status_last_updated]=1-1-1...9999-99-99&filters[=1&filters[]=2&filters[a][b][c]=3",
    "orderId=2000000000&commonName=*.%2A&include_dcv=maybe",
]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A route with one of its methods."""

    method: str
    template: str
    methods: frozenset[str]

    def path(self, ids: dict[str, str]) -> str:
        """Fill in the path: ids by what they are ids of, fixed words for the rest."""

        def fill(found: re.Match[str]) -> str:
            if found[1] == "format" and self.template.startswith("/ssl/v2"):
                return "PEM"
            return FIXED.get(found[1]) or ids[self._kind()]

        return re.sub(r"\{(\w+)\}", fill, self.template)

    def _kind(self) -> str:
        for prefix, kind in KINDS:
            if self.template.startswith(prefix):
                return kind
        raise AssertionError(f"What is the id in {self.template}? Add it to KINDS.")

    @property
    def has_id(self) -> bool:
        return any(name not in FIXED for name in re.findall(r"\{(\w+)\}", self.template))


KINDS = (
    ("/ssl/v2/orders/", "webnic order"),
    ("/ssl/v2/organization/", "organization"),
    ("/services/v2/order/certificate/", "order"),
    ("/services/v2/certificate/download/order/", "order"),
    ("/services/v2/certificate/", "certificate"),
    ("/services/v2/request/", "request"),
    ("/services/v2/organization/", "organization"),
    ("/services/v2/order/alternate/", "alternative order"),
    ("/services/v2/account/metadata/", "field"),
    ("/services/v2/container/", "container"),
    ("/services/v2/domain/", "domain"),
    ("/services/v2/user/", "user"),
    ("/services/v2/webhook/", "webhook"),
    ("/v1/orders/", "order"),
    ("/v1/webhooks/", "subscription"),
)


def routes_of(server: Server) -> list[Asked]:
    """List every route with each of its methods."""
    use = server.program.use
    applications = (
        webnic.build(use, RateLimits()),
        digicert.build(use, RateLimits(), status_change_zone="UTC"),
        native.build(use, RateLimits()),
    )
    found = [
        Asked(method=method, template=route.path, methods=frozenset(route.methods or ()))
        for application in applications
        for route in application.routes
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]
    assert len(found) > 30
    return found


async def ask(
    server: Server, route: Asked, path: str, *, account: NewAccount | None = None, **request: Any
) -> httpx2.Response:
    """Ask with the credentials of an account."""
    senders = {"/services/v2": server.digicert, "/v1": server.native}
    send = next((to for prefix, to in senders.items() if route.template.startswith(prefix)), server.webnic)
    return await send(route.method, path, account=account, **request)


def fault_in(template: str, answer: httpx2.Response) -> str | None:
    """Say what is wrong with a refusal: a status of 500, or an envelope that is not its dialect's."""
    if answer.status_code >= 500:
        return f"{answer.status_code} {answer.text[:200]}"
    if answer.status_code < 400 or answer.request.method == "HEAD":
        return None
    try:
        body = answer.json()
        if template.startswith("/services/"):
            good = (
                answer.headers["content-type"] == "application/json"
                and set(body) == {"errors"}
                and body["errors"]
                and all(set(each) == {"code", "message"} for each in body["errors"])
            )
        elif template.startswith("/v1"):
            good = (
                answer.headers["content-type"] == "application/problem+json"
                and set(body) == {"type", "title", "status", "detail", "code", "errors"}
                and body["status"] == answer.status_code
                and body["type"] == f"urn:certwright:problem:{body['code']}"
            )
        else:
            good = (
                answer.headers["content-type"] == "application/json;charset=UTF-8"
                and (body["code"], body["message"]) == ("2400", "System message")
                and set(body["error"]) == {"subCode", "message"}
                and "data" not in body
            )
    except (ValueError, KeyError, TypeError):
        good = False
    return None if good else f"{answer.status_code} {answer.text[:200]}"


@pytest.fixture
async def ids(server: Server) -> dict[str, dict[str, str]]:
    """The ids of things of the first account, of the other account, and of nobody."""
    own = await things_of(server, server.account, "own.test")
    foreign = await things_of(server, server.other, "foreign.test")
    unknown = {
        name: str(int(text) + 5000) if text.isdigit() else "PO%20nowhere" for name, text in foreign.items()
    }
    return {"own": own, "foreign": foreign, "unknown": unknown}


async def things_of(server: Server, account: NewAccount, name: str) -> dict[str, str]:
    """Make an organization and an issued order."""
    address = Address(line1="1 Jalan", city="KL", state="KL", postal_code="50000", country="MY")
    organization = await server.program.use.organizations.create(
        account.account.id, NewOrganization(name="Example", address=address, phone="+60.312345678")
    )
    body = {
        "certificate": {"common_name": name, "csr": csr_for(name)},
        "order_validity": {"years": 1},
        "dcv_method": "dns-txt-token",
        "alternative_order_id": f"PO {name}",
    }
    path = "/services/v2/order/certificate/ssl_dv_geotrust"
    placed = (await server.digicert("POST", path, account=account, json=body)).json()
    await server.prove(name, placed["dcv_random_value"])
    await server.work()
    order = f"/services/v2/order/certificate/{placed['id']}"
    info = (await server.digicert("GET", order, account=account)).json()
    assert info["status"] == "issued"
    return {
        "order": str(placed["id"]),
        "webnic order": str(2_000_000_000 + placed["id"]),
        "certificate": str(placed["certificate_id"]),
        "request": str(info["requests"][0]["id"]),
        "organization": str(organization.id),
        "alternative order": f"PO%20{name}",
        **await settings_of(server, account, name),
    }


async def settings_of(server: Server, account: NewAccount, name: str) -> dict[str, str]:
    """Make a domain, a custom field and a webhook, and name a user and the account's container."""
    use = server.program.use
    caller = await use.accounts.authenticate_key(account.digicert.secret)
    new = NewDomain(identifier=Identifier(name), method=DCVMethod.DNS_TXT, levels=(ValidationLevel.DV,))
    return {
        "domain": str((await use.domains.create(caller, new)).domain.id),
        "field": str((await use.annotations.add_field(caller, FieldChange(label="Cost centre"))).id),
        "webhook": str(
            (await use.webhooks.create(caller, WebhookWishes(endpoint="https://hooks.example/"))).id
        ),
        "subscription": str((await subscribe_unreachable(server, f"hooks.{name}", account)).subscription.id),
        "user": str(account.digicert.key.id),
        "container": str(account.account.id),
    }


async def test_nobody_asks_without_a_credential(server: Server, ids: dict[str, dict[str, str]]) -> None:
    faults = []
    for route in routes_of(server):
        if route.template in PUBLIC:
            continue
        own = server.account
        # The credential of another dialect is none; ours takes the key of DigiCert's.
        wrong = own.webnic if route.template.startswith("/v1") else own.digicert
        credentials: list[dict[str, Any]] = [
            {},
            {"authorization": "Bearer nonsense", "x-dc-devkey": "nonsense"},
            {"authorization": "Basic bm9uc2Vuc2U=", "x-dc-devkey": "ÿ".encode("latin-1")},
            {"authorization": "Bearer", "x-dc-devkey": ""},
            {
                "authorization": f"Bearer {wrong.secret.reveal()}",
                "x-dc-devkey": own.webnic.secret.reveal(),
            },
        ]
        for headers in credentials:
            answer = await server.http.request(route.method, route.path(ids["own"]), headers=headers)
            status = 403 if route.template.startswith("/services/v2") else 401
            if answer.status_code != status or fault_in(route.template, answer):
                faults.append((route.method, route.template, answer.status_code, answer.text[:100]))
    assert faults == []


async def test_foreign_things_answer_exactly_like_unknown_ones(
    server: Server, ids: dict[str, dict[str, str]]
) -> None:
    faults: list[tuple[object, ...]] = []
    before = await everything_of(server, server.other)
    for route in routes_of(server):
        if not route.has_id:
            continue
        told = []
        for whose in ("foreign", "unknown"):
            body = BODIES.get(route.template, {}) if route.method != "GET" else None
            answer = await ask(server, route, route.path(ids[whose]), json=body)
            headers = {name: value for name, value in answer.headers.items() if name not in _OF_THE_REQUEST}
            told.append((answer.status_code, answer.content, headers))
            if answer.status_code < 400 or fault_in(route.template, answer):
                faults.append((whose, route.method, route.template, answer.status_code, answer.text[:200]))
        if told[0] != told[1]:
            faults.append(("differs", route.method, route.template, told[0], told[1]))
    assert faults == []
    assert await everything_of(server, server.other) == before


_OF_THE_REQUEST = {"x-request-id", "date"}


async def everything_of(server: Server, account: NewAccount) -> list[str]:
    """Read what an account owns, to see that nobody has touched it."""
    return [
        (await server.digicert("GET", f"/services/v2/{path}", account=account)).text
        for path in ("order/certificate", "request", "organization")
    ]


async def test_foreign_ids_in_bodies_and_queries_answer_like_unknown_ones(
    server: Server, ids: dict[str, dict[str, str]]
) -> None:
    csr = csr_for("own.test")
    contact = (await server.webnic("POST", "/ssl/v2/contact/create", json={"administrator": PERSON})).json()
    webnic_order = {
        "productKey": "true-businessid",
        "term": 1,
        "csr": csr,
        "authType": "dns",
        "administratorContactId": contact["data"][0]["contactId"],
    }
    digicert_order = {
        "certificate": {"common_name": "own.test", "csr": csr},
        "order_validity": {"years": 1},
    }
    orders = "/services/v2/order/certificate"

    async def ask_all(things: dict[str, str], name: str) -> list[httpx2.Response]:
        organization = {"organization": {"id": things["organization"]}}
        renewal = {"renewal_of_order_id": things["order"]}
        return [
            await server.webnic("GET", f"/ssl/v2/orders/info?orderId={things['webnic order']}"),
            await server.webnic("GET", f"/ssl/v2/orders/info?commonName={name}"),
            await server.webnic(
                "POST", "/ssl/v2/orders/new", json=webnic_order | {"organizationId": things["organization"]}
            ),
            await server.digicert("POST", f"{orders}/ssl_plus", json=digicert_order | organization),
            await server.digicert("POST", f"{orders}/ssl_dv_geotrust", json=digicert_order | renewal),
            await server.digicert("GET", f"{orders}?filters[id]={things['order']}"),
            await server.digicert("GET", f"{orders}?filters[certificate_id]={things['certificate']}"),
            await server.digicert("GET", f"{orders}?filters[organization_id]={things['organization']}"),
            await server.digicert("GET", f"{orders}?filters[common_name]={name}"),
        ]

    foreign = await ask_all(ids["foreign"], "foreign.test")
    unknown = await ask_all(ids["unknown"], "nowhere.test")
    told = [[(answer.status_code, answer.text) for answer in answers] for answers in (foreign, unknown)]
    assert told[0] == told[1]
    assert [status for status, _ in told[0]] == [400, 400, 400, 404, 404, 200, 200, 200, 200]
    own = await ask_all(ids["own"], "own.test")
    assert [answer.status_code for answer in own[:2]] == [200, 200]


async def test_wrong_methods_are_refused_in_the_dialect(
    server: Server, ids: dict[str, dict[str, str]]
) -> None:
    faults = []
    for route in routes_of(server):
        for method in set(METHODS) - route.methods:
            wrong = Asked(method=method, template=route.template, methods=route.methods)
            answer = await ask(server, wrong, route.path(ids["own"]))
            if answer.status_code < 400 or fault_in(route.template, answer):
                faults.append((method, route.template, answer.status_code, answer.text[:200]))
    assert faults == []


@pytest.mark.parametrize("prefix", ["/ssl/v2", "/reseller/v2", "/services/v2", "/v1"])
async def test_unknown_addresses_are_refused_in_the_dialect(server: Server, prefix: str) -> None:
    for path in (prefix, f"{prefix}/", f"{prefix}/no/such/thing", f"{prefix}/%00", f"{prefix}//orders"):
        for method in METHODS:
            answer = await server.http.request(method, path)
            assert 400 <= answer.status_code < 500, (method, path)
            assert fault_in(prefix, answer) is None, (method, path)


async def test_nonsense_in_a_body_is_never_a_fault_of_ours(
    server: Server, ids: dict[str, dict[str, str]]
) -> None:
    faults = []
    for route in routes_of(server):
        if route.method == "GET":
            continue
        for body in NONSENSE:
            for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
                answer = await ask(
                    server, route, route.path(ids["own"]), content=body, headers={"content-type": kind}
                )
                if fault := fault_in(route.template, answer):
                    faults.append((route.method, route.template, body[:40], fault))
    assert faults == []


# Operations that take no body, and so do not read what is sent.
WITHOUT_BODY = (
    "/cancel",
    "/dcv-random-value",
    "/activate",
    "/deactivate",
    "/check-dcv",
    "/resend-emails",
    "/dcv/token",
    "/dcv/emails",
    "/dcv/validate-token",
    "/send-challenge",
    "/webhooks/{webhook_id}/rotate-secret",
    "/webhooks/{webhook_id}/test",
    "/email-validation/{token}",
    "/ct-status",
)


async def test_body_of_ten_megabytes_is_refused(server: Server, ids: dict[str, dict[str, str]]) -> None:
    body = b'{"filters": "' + b"x" * 10_000_000 + b'"}'
    for route in routes_of(server):
        if route.method not in {"GET", "DELETE"} and not route.template.endswith(WITHOUT_BODY):
            answer = await ask(server, route, route.path(ids["own"]), content=body)
            assert 400 <= answer.status_code < 500, route
            assert fault_in(route.template, answer) is None, route


async def test_strange_ids_and_queries_are_never_a_fault_of_ours(
    server: Server, ids: dict[str, dict[str, str]]
) -> None:
    faults = []
    for route in routes_of(server):
        paths = [f"{route.path(ids['own'])}?{query}" for query in STRANGE_QUERIES if route.method == "GET"]
        if route.has_id:
            paths += [route.path(dict.fromkeys(ids["own"], strange)) for strange in STRANGE_IDS]
        for path in paths:
            body = BODIES.get(route.template, {}) if route.method != "GET" else None
            answer = await ask(server, route, path, json=body)
            if fault := fault_in(route.template, answer):
                faults.append((route.method, path[:100], fault))
            if "?" not in path and answer.status_code < 400:
                faults.append((route.method, path[:100], "was found"))
    assert faults == []


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/readyz", "/metrics", "/validation/approve", "/pki/1.crt", "/pki/1.crl", "/pki/1.pem", "/pki/1/ocsp",
     "/pki/1/ocsp/AAAA", "/pki/999999999999999999999.crl", "/pki/x.crl", "/", "/%00", "/no/such/thing"],
)  # fmt: skip
async def test_own_pages_survive_every_method(server: Server, path: str) -> None:
    for method in METHODS:
        for body in NONSENSE:
            answer = await server.http.request(method, path, content=body)
            assert answer.status_code < 500, (method, answer.text)
