"""Durable jobs as rows, unique by kind and subject."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from certwright.services.ports import Job, JobKind
from certwright.store.engine import to_instant, to_stored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from certwright.domain.ids import AccountId
    from certwright.services.ports import DueJob, SettledJob
    from certwright.store.engine import Bindable, Connection

_COLUMNS = ("kind", "subject_id", "run_at", "lease_until", "tries", "generation", "last_error")
_INSERT = f"INSERT INTO jobs ({', '.join(_COLUMNS)})"
_OR_MOVE = """
ON CONFLICT (kind, subject_id) DO UPDATE SET
  run_at = CASE WHEN excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END,
  tries = 0,
  generation = jobs.generation + 1
"""
_ENQUEUE = f"{_INSERT} VALUES ($1, $2, $3, 0, 0, 0, '') {_OR_MOVE}"
_WAKE = f"""
{_INSERT} SELECT CAST($1 AS TEXT), id, CAST($3 AS BIGINT), 0, 0, 0, '' FROM subscriptions
WHERE account_id = $2 AND status IN ('active', 'failing')
{_OR_MOVE}
"""
# Two statements, for of one PostgreSQL may make a walk through the whole table.
_DUE = (
    "SELECT kind, subject_id, run_at, tries, generation FROM jobs "
    "WHERE run_at <= $1 AND lease_until <= $1 ORDER BY run_at LIMIT $2 {skip_locked}"
)
_CLAIM = "UPDATE jobs SET lease_until = $3 WHERE kind = $1 AND subject_id = $2"
_LONGEST_DUE = "SELECT run_at FROM jobs WHERE run_at <= $1 AND lease_until <= $1 ORDER BY run_at LIMIT 1"
# Only who holds the lease may settle: a job that was taken over by another is that other's.
_HELD = "WHERE kind = $1 AND subject_id = $2 AND lease_until = $3"
_FREE = f"UPDATE jobs SET lease_until = 0 {_HELD}"
_RENEW = f"UPDATE jobs SET lease_until = $4 {_HELD} RETURNING kind, subject_id"
_FINISH = f"DELETE FROM jobs {_HELD} AND generation = $4 RETURNING kind, subject_id"
_RETRY = (
    "UPDATE jobs SET run_at = $5, lease_until = 0, tries = tries + 1, last_error = $6 "
    f"{_HELD} AND generation = $4 RETURNING kind, subject_id"
)


class SQLJobs:
    """Durable jobs in SQL."""

    def __init__(self, connection: Connection, *, skip_locked: str) -> None:
        self._connection = connection
        self._due = _DUE.format(skip_locked=skip_locked)
        self.added = False

    async def enqueue(self, kind: JobKind, subject_id: int, run_at: datetime) -> None:
        """Ask for a run at an instant, or move a waiting one forward."""
        await self._connection.execute(_ENQUEUE, kind.value, subject_id, to_stored(run_at))
        self.added = True

    async def enqueue_all(self, jobs: Iterable[DueJob]) -> None:
        """Ask for many runs."""
        rows = [(job.kind.value, job.subject_id, to_stored(job.run_at)) for job in jobs]
        await self._connection.execute_many(_ENQUEUE, rows)
        self.added = self.added or bool(rows)

    async def add_first(self, jobs: Iterable[DueJob]) -> None:
        """Ask for the first runs about subjects that are new."""
        rows = [(job.kind.value, job.subject_id, to_stored(job.run_at), 0, 0, 0, "") for job in jobs]
        await self._connection.insert("jobs", _COLUMNS, rows)
        self.added = self.added or bool(rows)

    async def wake_subscriptions(self, account_id: AccountId, at: datetime) -> None:
        """Ask for the deliveries of an account's live subscriptions."""
        await self._connection.execute(_WAKE, JobKind.DELIVER_CHANGES.value, account_id, to_stored(at))
        self.added = True

    async def claim(self, at: datetime, lease_until: datetime, limit: int) -> list[Job]:
        """Take due jobs that nobody holds, oldest first."""
        rows = await self._connection.fetch(self._due, to_stored(at), limit)
        until = to_stored(lease_until)
        await self._connection.execute_many(_CLAIM, ((row[0], row[1], until) for row in rows))
        return [
            Job(
                kind=JobKind(row[0]),
                subject_id=row[1],
                run_at=to_instant(row[2]),
                tries=row[3],
                generation=row[4],
                lease_until=lease_until,
            )
            for row in rows
        ]

    async def find_longest_due(self, at: datetime) -> datetime | None:
        """Return since when the oldest of the jobs is due that nobody holds."""
        rows = await self._connection.fetch(_LONGEST_DUE, to_stored(at))
        return to_instant(rows[0][0]) if rows else None

    async def renew(self, jobs: Collection[Job], lease_until: datetime) -> list[Job]:
        """Lengthen leases, and return the jobs that are still held."""
        rows = await self._connection.fetch_many(
            _RENEW, ((*_held(job), to_stored(lease_until)) for job in _in_order(jobs))
        )
        held = {(row[0], row[1]) for row in rows}
        return [
            replace(job, lease_until=lease_until) for job in jobs if (job.kind.value, job.subject_id) in held
        ]

    async def settle(self, *settled: SettledJob) -> None:
        """Forget jobs that are done, and free the others for a later run."""
        await self._end(_FINISH, {each.job: () for each in settled if each.run_at is None})
        await self._end(
            _RETRY, {each.job: (to_stored(each.run_at), each.error) for each in settled if each.run_at}
        )

    async def _end(self, sql: str, ends: Mapping[Job, tuple[Bindable, ...]]) -> None:
        """Run a statement on jobs that are held, and free those that it leaves alone."""
        rows = await self._connection.fetch_many(
            sql, ((*_held(job), job.generation, *ends[job]) for job in _in_order(ends))
        )
        ended = {(row[0], row[1]) for row in rows}
        left = [_held(job) for job in _in_order(ends) if (job.kind.value, job.subject_id) not in ended]
        await self._connection.execute_many(_FREE, left)


def _in_order(jobs: Iterable[Job]) -> list[Job]:
    """Sort jobs by their keys, so that two units of work can't wait for each other."""
    return sorted(jobs, key=lambda job: (job.kind, job.subject_id))


def _held(job: Job) -> tuple[str, int, int]:
    return job.kind.value, job.subject_id, to_stored(job.lease_until)
