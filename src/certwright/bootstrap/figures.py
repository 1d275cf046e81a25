"""The figures of the standby for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

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
