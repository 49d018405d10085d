"""What an instruction is about, looked up where this service knows it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from libs.common.context import Context
from libs.common.web.problems import FieldError, NotFound
from services.projects.approvals.service.cases import Approvals
from services.projects.duties.service import visible_project
from services.projects.instructions.domain.instruction import Reference, SubjectType, check_reference
from services.projects.instructions.errors import SubjectIncomplete
from services.projects.meetings.service.meetings import read_meeting
from services.projects.meetings.tables import DecisionRow
from services.projects.problems.service.problems import read_problem
from services.projects.registry.service.recording import demand_region

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Resolved:
    """A subject's name, the region it lies in, and the project concerned."""

    name: str
    region_code: str
    project_id: UUID | None = None


# Looks a subject up for the caller. Raises NotFound, also where the caller may not see it.
SubjectResolver = Callable[[Context, UUID], Awaitable[Resolved]]


async def _project(ctx: Context, key: UUID) -> Resolved:
    project = await visible_project(ctx, key)
    return Resolved(f"{project.name}（{project.code}）", project.region_code, project.id)


async def _problem(ctx: Context, key: UUID) -> Resolved:
    problem = await read_problem(ctx, key)
    return Resolved(
        f"{problem.project.name}：{problem.row.title}", problem.project.region_code, problem.project.id
    )


async def _decision(ctx: Context, key: UUID) -> Resolved:
    decision = await ctx.session.get(DecisionRow, key)
    if decision is None:
        raise NotFound
    meeting = await read_meeting(ctx, decision.meeting_id)
    item = next((item for item in meeting.items if item.id == decision.item_id), None)
    name = f"{meeting.row.title}：{decision.text}"
    if item is None or item.project_id is None:
        return Resolved(name, meeting.row.region_code)
    project = await visible_project(ctx, item.project_id)
    return Resolved(name, project.region_code, project.id)


def approval_subject(approvals: Approvals) -> SubjectResolver:
    """Approval cases as subjects."""

    async def resolve(ctx: Context, key: UUID) -> Resolved:
        case = (await approvals.read(ctx, key)).case
        return Resolved(f"{case.matter_name}（{case.code}）", case.region_code, case.project_id)

    return resolve


_OWN: Mapping[SubjectType, SubjectResolver] = {
    SubjectType.PROJECT: _project,
    SubjectType.PROBLEM: _problem,
    SubjectType.DECISION: _decision,
}


class Subjects:
    """``resolvers`` add subjects of slices that stand beside this one, or replace its own."""

    def __init__(self, resolvers: Mapping[SubjectType, SubjectResolver] | None = None) -> None:
        self._resolvers = {**_OWN, **(resolvers or {})}

    async def resolve(self, ctx: Context, reference: Reference) -> Resolved:
        """Name and region of the subject. What nobody here can look up comes with both, like a figure.

        Raises SubjectIncomplete, NotFound, UnknownRegion, MalformedRequest.
        """
        check_reference(reference)
        resolver = self._resolvers.get(reference.type)
        if resolver is not None and reference.id is not None:
            found = await resolver(ctx, reference.id)
            return Resolved(found.name[:_LONGEST_NAME], found.region_code, found.project_id)
        figure = reference.figure
        if figure is None:
            name = reference.name
        else:
            name = f"{figure.name} {figure.value.normalize():f} {figure.unit}".rstrip()
        region_code = reference.region_code or ctx.principal.region_code
        errors = []
        if not name:
            errors.append(FieldError("fact.required", "/subject/name"))
        if region_code is None:
            errors.append(FieldError("fact.required", "/subject/region_code"))
        if errors or region_code is None or not name:
            raise SubjectIncomplete(type=reference.type, errors=errors)
        await demand_region(ctx, region_code, "/subject/region_code")
        return Resolved(name[:_LONGEST_NAME], region_code)
