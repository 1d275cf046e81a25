"""What Prometheus is told of searches."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.registry import Collector

from certwright.domain.ids import AccountId
from certwright.search.figures import families
from certwright.search.questions import IndexFigures, ShelfFigures


def test_answers_and_indexes_are_counted() -> None:
    shelf = ShelfFigures(
        indexes=(IndexFigures(account_id=AccountId(7), orders=5, behind=2),), builds=3, failed_builds=1
    )

    class Told(Collector):
        def collect(self) -> list[Metric]:
            return list(families({"index": 9}, shelf))

    registry = CollectorRegistry()
    registry.register(Told())
    lines = generate_latest(registry).decode().splitlines()
    assert {line for line in lines if not line.startswith("#")} == {
        'certwright_search_answers_total{by="index"} 9.0',
        'certwright_search_answers_total{by="store"} 0.0',
        'certwright_search_index_orders{account="7"} 5.0',
        'certwright_search_index_behind_changes{account="7"} 2.0',
        'certwright_search_index_builds_total{outcome="made"} 3.0',
        'certwright_search_index_builds_total{outcome="failed"} 1.0',
    }
