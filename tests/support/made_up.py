"""Made-up requests: whatever fits a dialect's description is sent to a server with something in it.

Half of those that name a thing in their path name one that is there, or they would mostly be told that there is none.
``CERTWRIGHT_TEST_EXAMPLES`` sets how many requests are made up for each operation: the usual number keeps ``make test``
short, some hundreds find more.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.server import running_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import httpx2
    from schemathesis import Case

    from tests.support.server import Server

    Send = Callable[..., Awaitable[httpx2.Response]]

EXAMPLES = os.environ.get("CERTWRIGHT_TEST_EXAMPLES")
CHECKS: tuple[Any, ...] = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


class Talk:
    """A server and the loop on which it runs: the made-up requests come from outside of it."""

    def __init__(self, runner: asyncio.Runner, send: Send, credential: str) -> None:
        self._runner = runner
        self._send = send
        self._credential = credential

    def ask(self, case: Case[Any], *, without: Sequence[str] = ()) -> Any:
        """Send a made-up request with a good credential, and without some of its parameters."""
        request = case.as_transport_kwargs(base_url="http://certwright.test")
        headers = {
            name: value for name, value in request["headers"].items() if name.lower() != self._credential
        }
        for name in ("cookies", "headers"):
            request.pop(name, None)
        if request.get("files"):  # whatever a form is made up of, it is sent as text
            request["files"] = [(name, (None, str(value[1]))) for name, value in request["files"]]
        if isinstance(request.get("data"), bytes):
            request["content"] = request.pop("data")
        parameters = request.get("params") or {}
        request["params"] = {name: value for name, value in parameters.items() if name not in without}
        method, url = request.pop("method"), request.pop("url")
        return self._runner.run(self._ask(method, url, headers=headers, **request))

    async def _ask(self, method: str, url: str, **request: Any) -> Any:
        response = await self._send(method, url, **request)
        await response.request.aread()  # a form is streamed, and a failure shows the whole request
        return response


@contextmanager
def talking(
    home: Path, fill: Callable[[Server], Awaitable[None]], speak: Callable[[Server], Send], credential: str
) -> Iterator[Talk]:
    """Run a server, fill it, and talk to it; ``credential`` is the header that ``speak`` adds, in lower case."""
    with asyncio.Runner() as runner:
        running = running_server(home)
        server = runner.run(running.__aenter__())
        try:
            runner.run(_await(fill(server)))
            yield Talk(runner, speak(server), credential)
        finally:
            runner.run(running.__aexit__(*sys.exc_info()))


async def _await(filling: Awaitable[None]) -> None:
    await filling


def check_answers(
    operation: Any,
    ask: Callable[[Case[Any]], Any],
    *,
    usual: int,
    known: Mapping[str, Sequence[str]],
    checks: Sequence[Any] = CHECKS,
) -> None:
    """Hold the answers to made-up requests against what is described; ``known`` has good values of path parameters."""

    @settings(
        max_examples=int(EXAMPLES or usual),
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy(), data=st.data())
    def ask_once(case: Case[Any], data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            for name in known.keys() & case.path_parameters.keys():
                case.path_parameters[name] = data.draw(st.sampled_from(known[name]))
        case.validate_response(ask(case), checks=list(checks))

    ask_once()
