"""The story that the demo tells: one certificate from order to download, through both vendors' APIs."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certwright.cli.demo.failure import DemoFailed
from certwright.cli.demo.openssl import OpenSSL
from certwright.cli.demo.vendors import DigiCert, WebNIC

if TYPE_CHECKING:
    import aiohttp

    from certwright.cli.demo.challenge_servers import DNSServer, WebServer
    from certwright.cli.demo.display import Steps

STEPS = 12
"""How many steps ``tell`` takes."""

_PRODUCT = "positivessl-multi-domain"
_LOOPBACK = "127.0.0.1"
_ISSUE_SECONDS = 60.0
_POLL_SECONDS = 0.2
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a customer has of an account."""

    account_id: int
    username: str
    password: str
    api_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that the story happens in."""

    http: aiohttp.ClientSession
    url: str
    credentials: Credentials
    dns: DNSServer
    web: WebServer


async def tell(steps: Steps, world: World) -> dict[str, str]:
    """Take all steps and return what the closing table says.

    Raises:
        DemoFailed: something did not go as it should.
    """
    mark = secrets.token_hex(2)
    # Two domains that share no parent: a DNS record of one would prove the other as well, and leave nothing to show.
    names = (f"coffee-{mark}.test", f"tea-{mark}.test")
    with tempfile.TemporaryDirectory(prefix="certwright-demo-") as folder:
        openssl = OpenSSL(Path(folder))
        with steps.step("Generate a key and a CSR with openssl") as say:
            csr = await openssl.make_csr(names)
            say(f"P-256, for {' and '.join(names)}")
        webnic = WebNIC(world.http, world.url)
        order_id = await _order(steps, world, webnic, csr, names)
        await _prove(steps, world, webnic, order_id, names)
        return await _collect(steps, world, webnic, openssl, order_id, names)


async def _order(steps: Steps, world: World, webnic: WebNIC, csr: str, names: tuple[str, str]) -> str:
    with steps.step("Log in to WebNIC's API") as say:
        await webnic.log_in(world.credentials.username, world.credentials.password)
        say("POST /reseller/v2/api-user/token: a bearer token for 60 minutes")
    with steps.step("Create a contact") as say:
        contact_id = await webnic.create_contact()
        say(f"POST /ssl/v2/contact/create: {contact_id}")
    with steps.step("Place an order") as say:
        placed = await webnic.place_order(product=_PRODUCT, csr=csr, names=names, contact_id=contact_id)
        say(f"POST /ssl/v2/orders/new: order {placed['orderId']} for {_PRODUCT}")
    return str(placed["orderId"])


async def _prove(steps: Steps, world: World, webnic: WebNIC, order_id: str, names: tuple[str, str]) -> None:
    order = f"/ssl/v2/orders/{order_id}"
    by_dns, by_file = names
    with steps.step(f"Prove control of {by_dns} by DNS") as say:
        auth = (await webnic.call("GET", f"{order}/auth/info"))["commonName"]
        world.dns.publish(auth["host"], auth["recordType"], f'"{auth["value"]}"')
        say(f'{auth["host"]} {auth["recordType"]} "{auth["value"]}"')
        await _check(webnic, order, by_dns, say_status=say)
    with steps.step(f"Prove control of {by_file} by a file") as say:
        auth = (await webnic.call("PUT", f"{order}/auth", {"authType": "file"}))["san"][0]
        path = auth["path"] + auth["fileName"]
        world.dns.publish(by_file, "A", _LOOPBACK)
        world.web.publish(by_file, path, auth["value"])
        say(f"http://{by_file}{path}")
        await _check(webnic, order, by_file, say_status=say)
    with steps.step("Wait for the certificate") as say:
        await _wait_until_issued(webnic, order_id)
        say(f"GET /ssl/v2/orders/info?orderId={order_id}: completed, active")


async def _check(webnic: WebNIC, order: str, name: str, *, say_status: Any) -> None:
    """Have control checked, by the code that looks for every customer's proofs."""
    answer = await webnic.call("GET", f"{order}/dcv-status")
    found = next(domain for domain in answer["domains"] if domain["name"] == name)
    if not found["validated"]:
        raise DemoFailed(f"{name} was not proved: {found.get('reason')} {found.get('nextStep')}")
    say_status(f"GET {order}/dcv-status: proved, the order is {answer['orderStatus']}")


async def _wait_until_issued(webnic: WebNIC, order_id: str) -> None:
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + _ISSUE_SECONDS
    while True:
        info = await webnic.call("GET", f"/ssl/v2/orders/info?orderId={order_id}")
        if info["certStatus"] == "active":
            return
        if loop.time() > give_up_at:
            raise DemoFailed(f"the order is still {info['orderStatus']}: {info['remarks']}")
        await asyncio.sleep(_POLL_SECONDS)


async def _collect(
    steps: Steps, world: World, webnic: WebNIC, openssl: OpenSSL, order_id: str, names: tuple[str, str]
) -> dict[str, str]:
    digicert = DigiCert(world.http, world.url, world.credentials.api_key)
    with steps.step("Find the order with WebNIC's search") as say:
        found = await webnic.search(names[0])
        if [item["orderId"] for item in found["items"]] != [order_id]:
            raise DemoFailed(f"the search found {found}")
        say(f"POST /ssl/v2/orders/search, commonName LIKE {names[0]}: {found['totalItems']} found")
        say(json.dumps(found["items"][0]))
    with steps.step("See the change in DigiCert's status changes") as say:
        # Newest first, and nobody else orders here.
        change = (await digicert.list_changes(minutes=10))[0]
        say("GET /services/v2/order/certificate/status-changes?minutes=10")
        say(json.dumps(change))
        info = await digicert.get(f"/order/certificate/{change['order_id']}")
        if info["certificate"]["common_name"] != names[0] or change["status"] != "issued":
            raise DemoFailed(f"the newest change is {change}, of {info['certificate']['common_name']}")
    with steps.step("Download the certificate from WebNIC's API") as say:
        from_webnic = _PEM.findall(await webnic.download(order_id))
        say(f"POST /ssl/v2/orders/{order_id}/download/format/PEM: {len(from_webnic)} certificates")
    with steps.step("Download it from DigiCert's API") as say:
        from_digicert = _PEM.findall(await digicert.download_chain(change["certificate_id"]))
        if _bare(from_webnic[0]) != _bare(from_digicert[0]):
            raise DemoFailed("the two downloads are not the same certificate")
        say(f"GET /services/v2/certificate/{change['certificate_id']}/download/format/pem_all: the same one")
    with steps.step("Verify the chain with openssl") as say:
        leaf, intermediate, root = from_digicert
        say(await openssl.verify(leaf=leaf, intermediate=intermediate, root=root, host=names[1]))
    return {
        "names": f"{names[0]} (proved by DNS), {names[1]} (by a file)",
        "WebNIC order": order_id,
        "DigiCert order, certificate": f"{change['order_id']}, {change['certificate_id']}",
        "serial number": await openssl.serial_number(),
        "valid": f"{info['certificate']['valid_from']} to {info['certificate']['valid_till']}",
    }


def _bare(pem: str) -> str:
    return "".join(pem.split())
