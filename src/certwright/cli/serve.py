"""``certwright serve``: HTTP and the worker in one process, or in several that share a listening socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from typing import TYPE_CHECKING

import click
import structlog
import uvicorn
from uvicorn.loops.auto import auto_loop_factory
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from certwright.bootstrap import build_web, open_program
from certwright.bootstrap.database import serving_alone
from certwright.cli.output import fail, settings_or_exit
from certwright.cli.supervisor import Supervisor, stop_on_signals, stop_when_orphaned
from certwright.config import SettingsError
from certwright.domain.errors import CertwrightError
from certwright.logs import configure_logging
from certwright.search.listener import check_socket_path
from certwright.web.native.routes.event_stream import ENDLESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certwright.bootstrap import Program
    from certwright.config import Settings

_KEEP_ALIVE_SECONDS = 20
_SHUTDOWN_SECONDS = 10
_BACKLOG = 2048

_log = structlog.get_logger(__name__)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on."
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that answer; more than one needs PostgreSQL.",
)
@click.option(
    "--listener", type=int, hidden=True, help="The listening socket of the server it is a worker of."
)
def serve(host: str, port: int, workers: int, listener: int | None) -> None:
    """Run the server: all dialects over HTTP, and the worker, until SIGTERM or SIGINT."""
    settings = settings_or_exit()
    configure_logging(settings.log_level)
    if workers > 1 and settings.sqlite_path is not None:
        fail("SQLite has room for one writing process: --workers needs PostgreSQL", status=2)
    try:
        if workers > 1:
            sys.exit(asyncio.run(_supervise(settings, _listen(host, port), workers)))
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            if listener is None:
                runner.run(_serve_alone(settings, _listen(host, port)))
            else:
                runner.run(_work(settings, socket.socket(fileno=listener)))
    except SettingsError as error:
        fail(f"wrong setting: {error}", status=2)
    except CertwrightError as error:
        fail(error.message)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers, which would end the process before the worker has stopped."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to ``_serve``."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let everybody have their answer to the end, but not those who don't read an answer that has none."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpToolsProtocol) and _is_unread(connection):
                connection.transport.abort()
        await super().shutdown(sockets)


def _is_unread(connection: HttpToolsProtocol) -> bool:
    """Whether the client leaves lying what it is sent of an endless answer."""
    scope = getattr(connection.cycle, "scope", {})  # a client that has asked for nothing yet has no cycle
    return ENDLESS in scope.get("state", {}) and connection.transport.get_write_buffer_size() > 0


async def _serve_alone(settings: Settings, listener: socket.socket) -> None:
    """Do everything in this process."""
    with serving_alone(settings):
        async with open_program(settings) as program:
            await _serve(program, listener, stop_on_signals())


async def _work(settings: Settings, listener: socket.socket) -> None:
    """Be one of the workers, until told to end or left alone."""
    stopped = stop_on_signals()
    stop_when_orphaned(stopped)
    async with open_program(settings, is_worker=True) as program:
        await _serve(program, listener, stopped)


async def _supervise(settings: Settings, listener: socket.socket, workers: int) -> int:
    """Start the workers and the search process, and keep them until the end; return the exit status."""
    stopped = stop_on_signals()
    async with open_program(settings):
        pass  # migrated, with a CA, before several do it at once; and whatever is wrong is told here
    if settings.search_index_orders:
        check_socket_path(settings.search_socket)
    commands = {
        f"worker {number}": ["serve", "--listener", str(listener.fileno())]
        for number in range(1, workers + 1)
    }
    if settings.search_index_orders:
        commands["search"] = ["search", "serve"]
    host, port, *_ = listener.getsockname()
    _log.info("listening", host=host, port=port, workers=workers)
    return await Supervisor(commands, inherited=listener.fileno()).run(stopped)


async def _serve(program: Program, listener: socket.socket, stopped: asyncio.Event) -> None:
    server = _Server(
        uvicorn.Config(
            build_web(program),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,  # nothing here asks where a request comes from
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
    )
    http = asyncio.create_task(server.serve(sockets=[listener]))
    told = asyncio.create_task(stopped.wait())
    background = [asyncio.create_task(program.worker.run())]
    if program.searching.keeper is not None:
        background.append(asyncio.create_task(program.searching.keeper.run()))
    host, port, *_ = listener.getsockname()
    _log.info("listening", host=host, port=port)
    # Whichever ends first ends the others: a server without a worker would take orders and never issue.
    await asyncio.wait({*background, http, told}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    program.use.feed.close()  # or those who wait for changes would be waited for
    await http
    for task in (told, *background):
        task.cancel()
    for task in (told, *background):
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        fail(f"can't listen on {host} port {port}: {error.strerror or error}")
    # asyncio sets this only on sockets that name their protocol; without it the second packet of every answer waits
    # some 40 ms for the client's delayed acknowledgment.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
