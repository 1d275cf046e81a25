"""Alive, ready, and figures for Prometheus."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.orders import place

if TYPE_CHECKING:
    from tests.support.server import Server


async def test_server_is_alive_whatever_else(server: Server) -> None:
    server.clock.advance(timedelta(days=1))
    answer = await server.http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_server_is_ready_when_database_ca_and_worker_answer(server: Server) -> None:
    await server.work()
    answer = await server.http.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "ok", "ca": "ok", "worker": "ok"}


async def test_silent_worker_is_named(server: Server) -> None:
    await server.work()
    server.clock.advance(timedelta(minutes=1))
    answer = await server.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "database": "ok", "ca": "ok", "worker": "failed"}


async def test_ca_without_its_key_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    await server.work()
    monkeypatch.setattr(type(server.program.ca), "is_ready", lambda _: False)
    answer = await server.http.get("/readyz")
    assert (answer.status_code, answer.json()["ca"]) == (503, "failed")


async def test_requests_are_counted_by_room(server: Server) -> None:
    await server.http.get("/healthz")
    await server.digicert("GET", "/services/v2/user/me")
    text = (await server.http.get("/metrics")).text
    samples = [
        sample
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "certwright_http_requests_total"
    ]
    counted = {(s.labels["room"], s.labels["method"], s.labels["status"]): s.value for s in samples}
    assert counted["own", "GET", "200"] == 1
    assert counted["digicert", "GET", "200"] == 1


async def test_searches_are_counted_by_what_answered(server: Server) -> None:
    await server.digicert("GET", "/services/v2/order/certificate")
    text = (await server.http.get("/metrics")).text
    assert 'certwright_search_answers_total{by="store"} 1.0' in text
    assert 'certwright_search_index_builds_total{outcome="made"} 0.0' in text


async def test_jobs_that_no_worker_takes_are_told(server: Server) -> None:
    assert "certwright_jobs_overdue_seconds 0.0" in (await server.http.get("/metrics")).text
    await place(server)
    server.clock.advance(timedelta(seconds=90))
    assert "certwright_jobs_overdue_seconds 90.0" in (await server.http.get("/metrics")).text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_only_reading_is_allowed(server: Server, path: str) -> None:
    assert (await server.http.post(path)).status_code == 405
