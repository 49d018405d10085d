"""What imports and bulk edits take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.projects.exchange.domain.edits import EditOutcome, OnError
from services.projects.exchange.domain.modes import Mode, Phase, State
from services.projects.exchange.entities.base import OnExisting
from services.projects.exchange.tables import ImportProgressRow, ImportRow
from services.projects.exchange.wording import CHINESE, ENGLISH, Words
from services.projects.ledger.schemas import FieldChangeRead, PlannedDates, ProjectUpdate, Reason, StageChange
from services.projects.registry.schemas import example

Shift = Annotated[int, Field(ge=-3650, le=3650)]


class NoticeRead(BaseModel):
    """Something that was passed over and is no fault."""

    code: str
    message_zh: str
    message_en: str


class ImportRead(BaseModel):
    """Where an import stands. All counts are of rows but ``errors``, of which a row may have several.

    ``checked`` and ``applied`` are good ends. ``rejected`` has errors, ``failed`` a ``failure``; both changed
    nothing.
    """

    id: UUID
    entity: str
    mode: Mode
    on_existing: OnExisting
    state: State
    phase: Phase | None = Field(description="What an import at work is doing; null for others.")
    attempts: int = Field(description="How often it was begun; more than once after an interruption.")
    file_name: str
    format: str
    size: int = Field(description="Bytes of the file.")
    sha256: str
    rows: int = Field(description="Rows read so far, headings and empty rows aside.")
    done: int = Field(description="Rows carried out so far.")
    inserted: int
    updated: int
    unchanged: int
    errors: int = Field(description="All that were found; GET …/errors lists the first 10,000.")
    notices: list[NoticeRead]
    failure: str | None
    failure_zh: str | None
    failure_en: str | None
    created_by: str
    created_at: AwareDatetime
    finished_at: AwareDatetime | None

    @classmethod
    def of(cls, row: ImportRow, progress: ImportProgressRow | None, words: Words) -> ImportRead:
        """The import as it is seen now: one at work is queued in the table."""
        at_work = row.state == State.QUEUED and progress is not None and progress.phase != Phase.WAITING
        live = progress if at_work else None
        ended = row.inserted + row.updated + row.unchanged
        return cls(
            **{name: getattr(row, name) for name in _PLAIN},
            state=State.RUNNING if at_work else State(row.state),
            phase=None if live is None else Phase(live.phase),
            attempts=0 if progress is None else progress.attempts,
            rows=row.rows if live is None else live.rows,
            done=ended if live is None else live.done,
            errors=row.errors if live is None else live.errors,
            notices=[_notice(notice, words) for notice in row.notices],
            failure_zh=None if row.failure is None else words.text(row.failure, CHINESE),
            failure_en=None if row.failure is None else words.text(row.failure, ENGLISH),
        )


_PLAIN = (
    "id",
    "entity",
    "mode",
    "on_existing",
    "file_name",
    "format",
    "size",
    "sha256",
    "inserted",
    "updated",
    "unchanged",
    "failure",
    "created_by",
    "created_at",
    "finished_at",
)


def _notice(notice: dict[str, Any], words: Words) -> NoticeRead:
    chinese, english = words.both(notice["code"], notice["params"])
    return NoticeRead(code=notice["code"], message_zh=chinese, message_en=english)


class FaultRead(BaseModel):
    """One fault of a file. ``row`` and ``column`` are the spreadsheet's own: 12 and C."""

    number: int
    sheet: str
    row: int | None
    column: str | None
    heading: str = Field(description="What stands above the column.")
    field: str = Field(description="The column's name in the API; empty for a fault of the row or the file.")
    code: str
    value: str = Field(description="What stands there.")
    message_zh: str
    message_en: str


class Selection(BaseModel):
    """Which projects: by their ids, or by the filters of their list."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(max_length=30_000)] | None = None
    filter: dict[str, dict[str, str]] | None = Field(
        default=None,
        description="Field, operator and value, as in the list.",
        examples=[{"stage": {"eq": "started"}, "region_code": {"within": "421224"}}],
    )


class PlanShift(BaseModel):
    """Days by which planned dates move; what is not planned, or has been reached, stays."""

    model_config = ConfigDict(extra="forbid")

    start: Shift | None = None
    completion: Shift | None = None
    production: Shift | None = None
    capacity: Shift | None = None
    opening: Shift | None = None


class Changes(BaseModel):
    """What is done to every project, in this order, each by the rules of the same change to one project."""

    model_config = ConfigDict(extra="forbid")

    facts: ProjectUpdate | None = Field(default=None, description="As in PATCH /v1/projects/{id}.")
    planned: PlannedDates | None = Field(default=None, description="Planned dates, the same for all.")
    shift_days: PlanShift | None = None
    stage_change: StageChange | None = Field(default=None, description="As in POST …/stage-changes.")


class BulkEditCreate(BaseModel):
    """A preview names projects and changes. An application names a preview, or the versions it was shown for."""

    model_config = example(
        mode="preview",
        selection={"filter": {"region_code": {"within": "421224101"}}},
        changes={"facts": {"responsible_unit_id": "01926f4e-7f00-7000-8000-000000000001"}},
        reason="单位职责调整",
    )

    mode: Literal["preview", "apply"]
    selection: Selection | None = None
    changes: Changes | None = None
    reason: Reason | None = Field(default=None, description="Goes into every project's history.")
    preview_id: UUID | None = Field(default=None, description="Applies a preview to the versions it showed.")
    versions: dict[UUID, int] | None = Field(default=None, description="Applies changes to these versions.")
    on_error: OnError = Field(default=OnError.REFUSE, description="skip changes those that do not refuse.")


class ProblemRead(BaseModel):
    """Why a project refuses."""

    code: str
    title: str
    detail: str
    fields: list[str]


class EditedRead(BaseModel):
    id: UUID
    code: str
    name: str
    version: int = Field(description="The version that was looked at.")
    outcome: EditOutcome
    changes: list[FieldChangeRead]
    problem: ProblemRead | None


class BulkEditRead(BaseModel):
    """What an edit does, or did, to each project."""

    mode: Literal["preview", "apply"]
    preview_id: UUID | None = Field(description="Send it with mode=apply within a day.")
    changed: int
    unchanged: int
    refused: int
    results: list[EditedRead]


class EntityRead(BaseModel):
    """What can be imported."""

    name: str
    title: str
    key: list[str]
    may_import: bool = Field(description="Whether the caller's role may.")
    columns: list[ColumnRead]


class ColumnRead(BaseModel):
    field: str
    title_zh: str
    title_en: str
    kind: str
    required: bool = Field(description="Must be filled in every row.")
    required_when_new: bool
    read_only: bool = Field(description="Exported, and passed over when it comes back.")
    terms: list[str] | None = Field(description="Allowed values; their words in either language are read too.")
