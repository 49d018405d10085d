"""How an import is carried out, and where it stands."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """试运行 dry run: everything is done and taken back; 执行 apply."""

    DRY_RUN = "dry_run"
    APPLY = "apply"


class State(StrEnum):
    """``checked`` and ``applied`` are good ends; ``rejected`` ones have faults and changed nothing.

    ``failed`` ones ended by a fault of the service or were interrupted too often; they changed nothing either.
    ``running`` is seen by readers only: in the table such an import is queued, and locked.
    """

    QUEUED = "queued"
    RUNNING = "running"
    CHECKED = "checked"
    APPLIED = "applied"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """What an import at work is doing."""

    WAITING = "waiting"
    READING = "reading"
    WRITING = "writing"
