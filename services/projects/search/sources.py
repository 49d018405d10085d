"""Where the entries of the index come from, by type: what a rebuild reads.

A slice keeps its own entries up to date as it writes; here stands how all of them are made anew.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.projects.approvals.tables import ApprovalCaseRow
from services.projects.database import ProjectsTable
from services.projects.documents.service.finding import entry_of_document
from services.projects.documents.service.owners import OwnerPlace
from services.projects.documents.tables import DocumentRow
from services.projects.gate.tables import GateReviewRow
from services.projects.instructions.tables import InstructionRow
from services.projects.ledger.domain.project import Project
from services.projects.ledger.tables import ProjectRow
from services.projects.meetings.repository.finding import agenda_regions, found_meetings
from services.projects.meetings.service.finding import entry_of_meeting
from services.projects.meetings.tables import MeetingRow
from services.projects.problems.service.finding import entry_of_problem
from services.projects.problems.tables import ProblemRow
from services.projects.promotion.service.finding import entry_of_lead
from services.projects.promotion.tables import LeadRow
from services.projects.registry.service.finding import entry_of_enterprise, entry_of_person, entry_of_unit
from services.projects.registry.tables import EnterpriseRow, PersonRow, UnitRow
from services.projects.search_index.domain.entry import Entry, EntryType

BATCH = 500


@dataclass(frozen=True, slots=True)
class Source:
    """``rows`` selects the living things, ``key`` their ids, and ``entry`` makes one of a row (of its parts)."""

    type: EntryType
    rows: Any
    key: Any
    entry: Callable[..., Entry]

    @property
    def living(self) -> Select[Any]:
        living: Select[Any] = self.rows.with_only_columns(self.key)
        return living

    async def batches(self, session: AsyncSession) -> AsyncIterator[list[Entry]]:
        """All entries in order of their ids, some at a time."""
        last = None
        while True:
            statement = self.rows.order_by(self.key).limit(BATCH).execution_options(populate_existing=True)
            if last is not None:
                statement = statement.where(self.key > last)
            rows = (await session.execute(statement)).all()
            if not rows:
                return
            entries = [self.entry(*row) for row in rows]
            last = entries[-1].id
            # What is read is not kept: a rebuild goes through everything there is.
            parts = (part for row in rows for part in row if isinstance(part, ProjectsTable))
            for part in {id(part): part for part in parts}.values():
                session.expunge(part)
            yield entries


def entry_of_project(project: Project | ProjectRow, version: int) -> Entry:
    """A project is found by its name and code, what is said of it, and who invests."""
    parts = (project.summary, project.investor, project.park_code)
    return Entry(
        type=EntryType.PROJECT,
        id=project.id,
        title=project.name,
        code=project.code,
        body="\n".join(part for part in parts if part),
        path=f"/v1/projects/{project.id}",
        region_code=project.region_code,
        enterprise_id=project.enterprise_id,
        project_id=project.id,
        version=version,
    )


def _entry_of_row(row: ProjectRow) -> Entry:
    return entry_of_project(row, row.version)


def _entry_of_document(
    row: DocumentRow,
    project: ProjectRow | None,
    approval: ApprovalCaseRow | None,
    meeting: MeetingRow | None,
    region_codes: list[str] | None,
    instruction: InstructionRow | None,
) -> Entry:
    if project is not None:
        return entry_of_document(row, OwnerPlace(project.region_code, project.enterprise_id, project.id))
    if approval is not None:
        return entry_of_document(row, OwnerPlace(approval.region_code, approval.enterprise_id))
    if meeting is not None:
        also = tuple(region_codes or ())
        return entry_of_document(row, OwnerPlace(meeting.region_code, offices_only=True, also_regions=also))
    assert instruction is not None, "documents of other owners are not selected"
    also = (instruction.issuer_region_code,)
    return entry_of_document(row, OwnerPlace(instruction.region_code, offices_only=True, also_regions=also))


def _owned_by(owner_type: str, key: Any) -> ColumnElement[bool]:
    return and_(col(DocumentRow.owner_type) == owner_type, col(DocumentRow.owner_id) == key)


def _documents() -> Select[Any]:
    """Documents in use with what they belong to; those of a project's problems and reviews are the project's."""
    owning = func.coalesce(
        case((col(DocumentRow.owner_type) == "project", col(DocumentRow.owner_id))),
        col(ProblemRow.project_id),
        col(GateReviewRow.project_id),
    )
    owners = (ProjectRow.id, ApprovalCaseRow.id, MeetingRow.id, InstructionRow.id)
    return (
        select(DocumentRow, ProjectRow, ApprovalCaseRow, MeetingRow, agenda_regions(), InstructionRow)
        .select_from(DocumentRow)
        .outerjoin(ProblemRow, _owned_by("problem", col(ProblemRow.id)))
        .outerjoin(GateReviewRow, _owned_by("gate_review", col(GateReviewRow.id)))
        .outerjoin(ProjectRow, col(ProjectRow.id) == owning)
        .outerjoin(ApprovalCaseRow, _owned_by("approval_case", col(ApprovalCaseRow.id)))
        .outerjoin(MeetingRow, _owned_by("meeting", col(MeetingRow.id)))
        .outerjoin(InstructionRow, _owned_by("instruction", col(InstructionRow.id)))
        .where(col(DocumentRow.withdrawn_at).is_(None), func.num_nonnulls(*map(col, owners)) > 0)
    )


SOURCES: tuple[Source, ...] = (
    Source(EntryType.PROJECT, select(ProjectRow), col(ProjectRow.id), _entry_of_row),
    Source(
        EntryType.ENTERPRISE,
        select(EnterpriseRow).where(col(EnterpriseRow.deleted_at).is_(None)),
        col(EnterpriseRow.enterprise_id),
        entry_of_enterprise,
    ),
    Source(
        EntryType.UNIT,
        select(UnitRow).where(col(UnitRow.deleted_at).is_(None)),
        col(UnitRow.unit_id),
        entry_of_unit,
    ),
    Source(
        EntryType.PERSON,
        select(PersonRow, UnitRow)
        .join(UnitRow, col(UnitRow.unit_id) == col(PersonRow.unit_id))
        .where(col(PersonRow.deleted_at).is_(None)),
        col(PersonRow.person_id),
        entry_of_person,
    ),
    Source(
        EntryType.PROBLEM,
        select(ProblemRow, ProjectRow).join(ProjectRow, col(ProjectRow.id) == col(ProblemRow.project_id)),
        col(ProblemRow.id),
        entry_of_problem,
    ),
    Source(EntryType.MEETING, found_meetings(), col(MeetingRow.id), entry_of_meeting),
    Source(EntryType.LEAD, select(LeadRow), col(LeadRow.id), entry_of_lead),
    Source(EntryType.DOCUMENT, _documents(), col(DocumentRow.id), _entry_of_document),
)
