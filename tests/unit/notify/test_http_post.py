"""Posting: to the judged address, under the endpoint's own name, within a limit of time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.errors import InvalidInput, Unavailable
from certwright.notify.http_post import HTTPPoster, _in_url
from tests.support.receiver import Receiver

if TYPE_CHECKING:
    from tests.support.tls import TrustedTLS


async def at_home(_host: str) -> tuple[str, ...]:
    return ("127.0.0.1",)


async def nowhere(host: str) -> tuple[str, ...]:
    raise Unavailable(f"{host} has no public address")


async def test_headers_and_body_go_out_as_they_are(receiver: Receiver) -> None:
    poster = HTTPPoster(at_home, allow_http=True)
    url = f"http://hooks.example.com:{receiver.port}/path?query=1"
    assert await poster.post(url, b'{"a": 1}', user_agent="Test", headers={"X-Own": "yes"}) == 200
    (got,) = receiver.received
    assert (got.raw, got.path) == (b'{"a": 1}', "/path")
    assert got.headers["host"] == f"hooks.example.com:{receiver.port}"
    assert (got.headers["user-agent"], got.headers["x-own"]) == ("Test", "yes")


async def test_certificate_has_to_be_of_the_name(trusted_tls: TrustedTLS) -> None:
    poster = HTTPPoster(at_home, trust=trusted_tls.client)
    async with Receiver(trusted_tls.server) as receiver:
        good = f"https://{trusted_tls.host}:{receiver.port}/"
        assert await poster.post(good, b"{}", user_agent="Test", headers={}) == 200
        with pytest.raises(Unavailable, match="did not answer"):
            await poster.post(f"https://another.test:{receiver.port}/", b"{}", user_agent="Test", headers={})
    assert len(receiver.received) == 1


async def test_slow_endpoint_is_given_up(receiver: Receiver) -> None:
    poster = HTTPPoster(at_home, allow_http=True, time_limit=timedelta(microseconds=1))
    with pytest.raises(Unavailable, match="TimeoutError"):
        await poster.post(f"http://a.test:{receiver.port}/", b"{}", user_agent="Test", headers={})


async def test_url_and_host_are_refused_by_the_name_of_their_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        HTTPPoster(at_home).check_url("http://hooks.example.com/", field="url")
    assert [fault.field for fault in refused.value.faults] == ["url"]
    HTTPPoster(at_home, allow_http=True).check_url("http://hooks.example.com/", field="url")
    await HTTPPoster(at_home).check_host("https://hooks.example.com/", field="url")
    with pytest.raises(InvalidInput, match="no public address"):
        await HTTPPoster(nowhere).check_host("https://hooks.example.com/", field="url")


def test_address_in_a_url() -> None:
    assert (_in_url("192.0.2.1"), _in_url("2001:db8::1")) == ("192.0.2.1", "[2001:db8::1]")
