"""Durable jobs: notes in the database that something has to be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime


class JobKind(StrEnum):
    """What the worker is asked to look at."""

    ADVANCE_ORDER = "advance_order"
    ADVANCE_DUPLICATE = "advance_duplicate"
    EXPIRE_CERTIFICATE = "expire_certificate"
    LAPSE_ORDER = "lapse_order"
    REFUND_ORDER = "refund_order"
    REFUND_REISSUE = "refund_reissue"
    REVOKE_SUPERSEDED = "revoke_superseded"
    SEND_APPROVAL_EMAIL = "send_approval_email"
    LOOK_AT_DOMAIN = "look_at_domain"
    LOOK_AT_ORGANIZATION = "look_at_organization"
    DELIVER_EVENTS = "deliver_events"
    DELIVER_CHANGES = "deliver_changes"
    PURGE = "purge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A durable note to look at something again. ``tries`` counts its runs since it was asked for.

    ``generation`` grows whenever the same job is asked for again, so that a request made while the job runs is not
    lost when it finishes. ``lease_until`` is what the claim wrote, and the right to settle the job.
    """

    kind: JobKind
    subject_id: int
    run_at: datetime
    lease_until: datetime
    tries: int = 0
    generation: int = 0


@dataclass(frozen=True, slots=True)
class DueJob:
    """A run that is asked for: of what, for which subject, and from when on."""

    kind: JobKind
    subject_id: int
    run_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledJob:
    """What came of a run: when the next one is to be, ``None`` for never, and what went wrong."""

    job: Job
    run_at: datetime | None = None
    error: str = ""


class Jobs(Protocol):
    """The durable jobs; a job is unique by kind and subject."""

    async def enqueue(self, kind: JobKind, subject_id: int, run_at: datetime) -> None:
        """Ask for a run at an instant, or move a waiting one forward, never back; either starts its tries anew."""
        ...

    async def enqueue_all(self, jobs: Iterable[DueJob]) -> None:
        """Ask for many runs, each as ``enqueue`` does."""
        ...

    async def add_first(self, jobs: Iterable[DueJob]) -> None:
        """Ask for the first runs about subjects that are new, in less time than ``enqueue_all``.

        Raises:
            Conflict: there was such a job already.
        """
        ...

    async def claim(self, at: datetime, lease_until: datetime, limit: int) -> list[Job]:
        """Take due jobs that nobody holds, oldest first; a lease that runs out frees them again."""
        ...

    async def find_longest_due(self, at: datetime) -> datetime | None:
        """Return since when the oldest of the jobs is due that nobody holds."""
        ...

    async def renew(self, jobs: Collection[Job], lease_until: datetime) -> list[Job]:
        """Lengthen leases, and return the jobs that are still held, with their new lease."""
        ...

    async def settle(self, *settled: SettledJob) -> None:
        """Forget jobs that are done, and free the others for a later run and count a try.

        One that was asked for again meanwhile is freed to run at once. Nothing happens to one whose lease ran out and
        that another took over.
        """
        ...
