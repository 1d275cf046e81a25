"""``certwright serve``: HTTP and the worker in one process."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING

import click
import structlog
import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from certwright.bootstrap import build_web, open_program
from certwright.cli.output import fail, settings_or_exit
from certwright.config import SettingsError
from certwright.domain.errors import CertwrightError
from certwright.logs import configure_logging

if TYPE_CHECKING:
    from collections.abc import Iterator

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
def serve(host: str, port: int) -> None:
    """Run the server: all dialects over HTTP, and the worker, until SIGTERM or SIGINT."""
    settings = settings_or_exit()
    configure_logging(settings.log_level)
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            runner.run(_serve(settings, host, port))
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


async def _serve(settings: Settings, host: str, port: int) -> None:
    listener = _listen(host, port)
    async with open_program(settings) as program:
        server = _Server(
            uvicorn.Config(
                build_web(program),
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
            )
        )

        def stop() -> None:
            server.should_exit = True
            program.use.feed.close()  # or those who wait for changes would be waited for

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        worker = asyncio.create_task(program.worker.run())
        http = asyncio.create_task(server.serve(sockets=[listener]))
        _log.info("listening", host=host, port=port)
        # Whichever ends first ends the other: a server without a worker would take orders and never issue.
        await asyncio.wait({worker, http}, return_when=asyncio.FIRST_COMPLETED)
        stop()
        await http
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await worker


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
