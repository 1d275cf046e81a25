"""Durable jobs as rows, unique by kind and subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.services.ports import Job, JobKind
from certwright.store.engine import to_instant, to_stored

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from certwright.domain.ids import AccountId
    from certwright.services.ports import DueJob
    from certwright.store.engine import Connection

_INSERT = "INSERT INTO jobs (kind, subject_id, run_at, lease_until, tries, generation, last_error)"
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
_CLAIM = """
WITH due AS MATERIALIZED (
  SELECT kind, subject_id FROM jobs WHERE run_at <= $1 AND lease_until <= $1 ORDER BY run_at LIMIT $3 {skip_locked}
)
UPDATE jobs SET lease_until = $2 WHERE (kind, subject_id) IN (SELECT kind, subject_id FROM due)
RETURNING kind, subject_id, run_at, tries, generation
"""
_LONGEST_DUE = "SELECT run_at FROM jobs WHERE run_at <= $1 AND lease_until <= $1 ORDER BY run_at LIMIT 1"
# Only who holds the lease may settle: a job that was taken over by another is that other's.
_HELD = "WHERE kind = $1 AND subject_id = $2 AND lease_until = $3"
_FREE = f"UPDATE jobs SET lease_until = 0 {_HELD}"


class SQLJobs:
    """Durable jobs in SQL."""

    def __init__(self, connection: Connection, *, skip_locked: str) -> None:
        self._connection = connection
        self._claim = _CLAIM.format(skip_locked=skip_locked)
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

    async def wake_subscriptions(self, account_id: AccountId, at: datetime) -> None:
        """Ask for the deliveries of an account's live subscriptions."""
        await self._connection.execute(_WAKE, JobKind.DELIVER_CHANGES.value, account_id, to_stored(at))
        self.added = True

    async def claim(self, at: datetime, lease_until: datetime, limit: int) -> list[Job]:
        """Take due jobs that nobody holds, oldest first."""
        rows = await self._connection.fetch(self._claim, to_stored(at), to_stored(lease_until), limit)
        jobs = [
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
        return sorted(jobs, key=lambda job: job.run_at)

    async def find_longest_due(self, at: datetime) -> datetime | None:
        """Return since when the oldest of the jobs is due that nobody holds."""
        rows = await self._connection.fetch(_LONGEST_DUE, to_stored(at))
        return to_instant(rows[0][0]) if rows else None

    async def finish(self, job: Job) -> None:
        """Forget a job that is done, unless it was asked for again meanwhile: then free it."""
        deleted = await self._connection.execute(
            f"DELETE FROM jobs {_HELD} AND generation = $4", *_held(job), job.generation
        )
        if not deleted:
            await self._connection.execute(_FREE, *_held(job))

    async def retry(self, job: Job, run_at: datetime, *, error: str = "") -> None:
        """Free a job for a later run and count a try; asked for again meanwhile, it runs at once."""
        changed = await self._connection.execute(
            f"UPDATE jobs SET run_at = $5, lease_until = 0, tries = tries + 1, last_error = $6 {_HELD} AND generation = $4",
            *_held(job),
            job.generation,
            to_stored(run_at),
            error,
        )
        if not changed:
            await self._connection.execute(_FREE, *_held(job))


def _held(job: Job) -> tuple[str, int, int]:
    return job.kind.value, job.subject_id, to_stored(job.lease_until)
