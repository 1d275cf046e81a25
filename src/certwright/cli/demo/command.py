"""``certwright demo``: one certificate from order to download, step by step, against a server of its own.

Everything happens in a temporary home and on free ports of loopback, and is gone afterwards; with ``--keep`` the server
stays until Ctrl-C, in a home that stays for good.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import click
from rich.console import Console

from certwright.cli.demo.challenge_servers import DNSServer, WebServer
from certwright.cli.demo.display import Steps, print_summary
from certwright.cli.demo.failure import DemoFailed
from certwright.cli.demo.openssl import require_openssl
from certwright.cli.demo.sandbox import fresh_credentials, make_account, publish_names, say_welcome
from certwright.cli.demo.server import choose_port, running_server
from certwright.cli.demo.story import STEPS, World, tell
from certwright.cli.output import fail

if TYPE_CHECKING:
    from certwright.cli.demo.server import DemoServer

_STEPS_BEFORE = 2
_TIMEOUT = aiohttp.ClientTimeout(total=60)


@click.command()
@click.option(
    "--keep", is_flag=True, help="Leave the server running until Ctrl-C, and print its credentials."
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".certwright"),
    show_default=True,
    help="With --keep: where the data stays.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8080,
    show_default=True,
    help="With --keep: the port of loopback to listen on.",
)
def demo(*, keep: bool, home: Path, port: int) -> None:
    """Order, prove, issue, find and download one certificate, with a server of its own.

    Names below .test are used; DNS answers and files are served on loopback, so no network is needed.
    """
    console = Console()
    try:
        require_openssl()
        if keep:
            _keep(console, home.absolute(), port)
        else:
            _once(console)
    except DemoFailed as failure:
        if failure.log:
            click.echo(failure.log, err=True)
        fail(str(failure))
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail("stopped", status=130)


def _once(console: Console) -> None:
    with tempfile.TemporaryDirectory(prefix="certwright-demo-") as folder:
        asyncio.run(_perform(console, Path(folder), port=None, keep=False))
    console.print(
        "The server and its data are gone again; [bold]certwright demo --keep[/] leaves one running."
    )


def _keep(console: Console, home: Path, port: int) -> None:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(_perform(console, home, port=port, keep=True))


async def _perform(console: Console, home: Path, *, port: int | None, keep: bool) -> None:
    _stop_on_signals()
    begun = time.monotonic()
    async with AsyncExitStack() as stack:
        dns = await stack.enter_async_context(DNSServer())
        web = await stack.enter_async_context(WebServer(folder=home / "www" if keep else None))
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=_TIMEOUT))
        with Steps(console, total=_STEPS_BEFORE + STEPS) as steps:
            with steps.step("Start a server") as say:
                server = await stack.enter_async_context(
                    running_server(home, port=choose_port(port), dns_server=dns.address, http_port=web.port)
                )
                say(f"certwright serve at {server.url}, with SQLite and its own CA in {home}")
            with steps.step("Make an account") as say:
                credentials = await (fresh_credentials(server) if keep else make_account(server))
                say(f"account {credentials.account_id} with a WebNIC user and a DigiCert API key")
            world = World(http=http, url=server.url, credentials=credentials, dns=dns, web=web)
            rows = await tell(steps, world)
        rows["time"] = f"{time.monotonic() - begun:.1f} seconds"
        print_summary(console, "One certificate, from order to download", rows)
        if keep:
            publish_names(dns)
            say_welcome(console, server, credentials)
            await _wait_for_end(console, server)


async def _wait_for_end(console: Console, server: DemoServer) -> None:
    """Wait for Ctrl-C or SIGTERM, which are the way to end.

    Raises:
        DemoFailed: the server ended by itself.
    """
    try:
        await server.process.wait()
    except asyncio.CancelledError:
        console.print("Stopped.")
        return
    raise DemoFailed("the server ended unexpectedly", log=server.log_tail())


def _stop_on_signals() -> None:
    """Treat the end of the session, or of the terminal, as Ctrl-C: the child must not outlive its parent."""
    task = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
