"""The figures of searches for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client import Metric

    from certwright.search.questions import ShelfFigures


def families(answers: Mapping[str, int], shelf: ShelfFigures) -> Iterator[Metric]:
    """Tell what answered the searches of this process, and how the indexes are."""
    answered = CounterMetricFamily(
        "certwright_search_answers", "Searches and counts answered, by what found the answer", labels=["by"]
    )
    for source in ("index", "store"):
        answered.add_metric([source], answers.get(source, 0))
    yield answered
    orders = GaugeMetricFamily(
        "certwright_search_index_orders", "Orders that an index holds", labels=["account"]
    )
    behind = GaugeMetricFamily(
        "certwright_search_index_behind_changes",
        "Changes of its book that an index is known to lack",
        labels=["account"],
    )
    for index in shelf.indexes:
        orders.add_metric([str(index.account_id)], index.orders)
        behind.add_metric([str(index.account_id)], index.behind)
    yield orders
    yield behind
    builds = CounterMetricFamily(
        "certwright_search_index_builds", "Snapshots made, or not made", labels=["outcome"]
    )
    builds.add_metric(["made"], shelf.builds)
    builds.add_metric(["failed"], shelf.failed_builds)
    yield builds
