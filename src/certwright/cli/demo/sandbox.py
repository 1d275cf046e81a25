"""What ``certwright demo --keep`` leaves to its user: names, websites and credentials to play with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from certwright.cli.demo.story import Credentials

if TYPE_CHECKING:
    from rich.console import Console

    from certwright.cli.demo.challenge_servers import DNSServer
    from certwright.cli.demo.server import DemoServer

_ACCOUNT = "Demo"
_KEY = "demo"
_OURS = {"administrator", _KEY}  # the first is the name of the keys that come with an account


def publish_names(dns: DNSServer) -> None:
    """Let every name below .test lead to this machine (RFC 6761 §6.2 keeps them out of the real DNS)."""
    dns.publish("*.test", "A", dns.host)


async def make_account(server: DemoServer) -> Credentials:
    """Make the demo's account."""
    made = await server.run("account", "create", _ACCOUNT, "--json")
    return Credentials(
        account_id=made["account_id"],
        username=made["webnic"]["username"],
        password=made["webnic"]["password"],
        api_key=made["digicert"]["api_key"],
    )


async def fresh_credentials(server: DemoServer) -> Credentials:
    """Make the demo's account or, where it is there already, new keys of it in place of those of the last run.

    Secrets are stored as hashes alone, so those of the last run can't be shown again; its orders can.
    """
    account = next((a for a in await server.run("account", "list", "--json") if a["name"] == _ACCOUNT), None)
    if account is None:
        return await make_account(server)
    account_id = str(account["account_id"])
    for key in await server.run("key", "list", "--account", account_id, "--json"):
        if key["state"] == "good" and key["name"] in _OURS:
            await server.run("key", "revoke", str(key["key_id"]))
    options = ("--account", account_id, "--name", _KEY, "--role", "administrator", "--json")
    webnic = await server.run("key", "create", "--dialect", "webnic", *options)
    digicert = await server.run("key", "create", "--dialect", "digicert", *options)
    return Credentials(
        account_id=account["account_id"],
        username=webnic["username"],
        password=webnic["password"],
        api_key=digicert["api_key"],
    )


def say_welcome(console: Console, server: DemoServer, credentials: Credentials) -> None:
    """Say where the server is and how to use it; the lines that set variables can be pasted into a shell."""
    www = server.home / "www"
    console.print()
    console.print(
        f"[bold]The server runs at {server.url}[/] until you press Ctrl-C. Paste into another terminal:"
    )
    console.print()
    for name, value in (
        ("CERTWRIGHT_URL", server.url),
        ("CERTWRIGHT_WWW", str(www)),
        ("WEBNIC_USERNAME", credentials.username),
        ("WEBNIC_PASSWORD", credentials.password),
        ("DIGICERT_API_KEY", credentials.api_key),
    ):
        console.print(f"export {name}={escape(value)}", soft_wrap=True, highlight=False)
    console.print()
    console.print(
        "Names below .test lead to this machine, and their websites are folders: "
        f"order a certificate for shop.test and put its validation file under {www}/shop.test/ "
        "(README.md shows how). The keys are new with each start; orders stay.",
        soft_wrap=True,
        highlight=False,
    )
