"""The figures of jobs and of the standby for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from certwright.domain.errors import CertwrightError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from certwright.services.ports import Clock, Store
    from certwright.store.standby import Standby

_REASONS = ("behind", "away", "interrupted")


def standby_figures(standby: Standby | None) -> Iterator[Metric]:
    """Tell how many reports the standby gave, and how many the primary in its place, and why."""
    if standby is None:
        return
    reports = CounterMetricFamily(
        "certwright_standby_reports",
        "Reports asked of the standby, by whether it answered, or why the primary did",
        labels=["outcome"],
    )
    reports.add_metric(["answered"], standby.answered)
    for reason in _REASONS:
        reports.add_metric([reason], standby.passed_over[reason])
    yield reports


async def job_figures(store: Store, clock: Clock) -> list[Metric]:
    """Tell how long jobs wait for a worker; nothing while the database does not answer."""
    now = clock.now()
    try:
        async with store.looking() as work:
            since = await work.jobs.find_longest_due(now)
    except CertwrightError:
        return []
    overdue = GaugeMetricFamily(
        "certwright_jobs_overdue_seconds", "How long the oldest job has been due that no worker has taken"
    )
    overdue.add_metric([], 0 if since is None else (now - since).total_seconds())
    return [overdue]
