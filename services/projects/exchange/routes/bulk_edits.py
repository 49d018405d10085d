"""``/v1/bulk-edits``: one change for many projects, looked at before it is made."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from libs.common.context import Context
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.filters import FilterFaults, parse_filters
from libs.common.web.problems import FieldError, MalformedRequest, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.exchange.domain.edits import Edited, EditOutcome, PlanChange
from services.projects.exchange.errors import (
    BulkEditNothingToDo,
    BulkEditRefused,
    BulkEditStale,
    BulkEditTooLarge,
)
from services.projects.exchange.routes.answers import LanguageDep, SettingsDep, WordsDep
from services.projects.exchange.schemas import (
    BulkEditCreate,
    BulkEditRead,
    Changes,
    EditedRead,
    ProblemRead,
    Selection,
)
from services.projects.exchange.service.bulk_edits import (
    Applied,
    Edit,
    apply_edit,
    get_preview,
    preview,
    select_projects,
)
from services.projects.exchange.wording import Words
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.repository import PROJECTS
from services.projects.ledger.routes.answers import WRITERS, LedgerDep
from services.projects.ledger.schemas import FieldChangeRead

router = APIRouter(prefix="/v1/bulk-edits", route_class=TransactionalRoute, tags=["exchange"])


@router.post(
    "",
    response_model=BulkEditRead,
    responses=problems(BulkEditTooLarge, BulkEditNothingToDo, BulkEditRefused, BulkEditStale),
    dependencies=[require(*WRITERS)],
)
async def bulk_edit(
    body: BulkEditCreate,
    ctx: ContextDep,
    ledger: LedgerDep,
    words: WordsDep,
    settings: SettingsDep,
    language: LanguageDep,
) -> Any:
    """Look at what one change would do to many projects, or make it.

    It is made to the versions that were looked at: a project changed meanwhile is named in a 412, and nothing
    happens. Each project keeps the change in its history with the reason, and tells it by events of its own.
    """
    limit = settings.bulk_edit_max_projects
    if body.mode == "preview":
        _demand(body, ("selection", "changes", "reason"))
        assert body.selection is not None
        assert body.changes is not None
        ids = await _selected(ctx, body.selection, limit)
        edit = _edit(body.changes, body.reason)
        asked = body.changes.model_dump(mode="json", exclude_unset=True)
        return _read("preview", await preview(ctx, ledger, ids, edit, asked), words, language)
    edit, versions = await _to_apply(ctx, body, limit)
    return _read("apply", await apply_edit(ctx, ledger, edit, versions, body.on_error), words, language)


async def _to_apply(ctx: Context, body: BulkEditCreate, limit: int) -> tuple[Edit, dict[UUID, int]]:
    if body.preview_id is not None:
        row = await get_preview(ctx, body.preview_id)
        row.state, row.applied_at = "applied", ctx.now
        versions = {UUID(project_id): version for project_id, version in row.versions.items()}
        return _edit(Changes.model_validate(row.changes), row.reason), versions
    _demand(body, ("versions", "changes", "reason"))
    assert body.changes is not None
    assert body.versions is not None
    if len(body.versions) > limit:
        raise BulkEditTooLarge(limit=limit)
    return _edit(body.changes, body.reason), dict(body.versions)


def _demand(body: BulkEditCreate, names: tuple[str, ...]) -> None:
    missing = [name for name in names if getattr(body, name) is None]
    if missing:
        raise MalformedRequest(errors=[FieldError("field.missing", f"/{name}") for name in missing])


async def _selected(ctx: Context, selection: Selection, limit: int) -> list[UUID]:
    if selection.ids is not None:
        if len(set(selection.ids)) > limit:
            raise BulkEditTooLarge(limit=limit)
        return list(dict.fromkeys(selection.ids))
    if not selection.filter:
        # Everything is never meant by nothing.
        raise MalformedRequest(errors=[FieldError("field.missing", "/selection/filter")])
    pairs = [
        (f"filter[{name}][{operator}]", value)
        for name, conditions in selection.filter.items()
        for operator, value in conditions.items()
    ]
    try:
        conditions = parse_filters(PROJECTS.fields, pairs)
    except FilterFaults as faults:
        raise MalformedRequest(errors=faults.errors) from faults
    return await select_projects(ctx, conditions, limit)


def _edit(changes: Changes, reason: str | None) -> Edit:
    planned = {} if changes.planned is None else changes.planned.planned()
    shifts = {} if changes.shift_days is None else changes.shift_days.model_dump(exclude_none=True)
    return Edit(
        facts={} if changes.facts is None else changes.facts.facts(),
        plan=PlanChange(planned, {Milestone(name): days for name, days in shifts.items() if days}),
        stage=changes.stage_change,
        reason=reason or "",
        confirmed=any(part is not None and part.confirm_amount for part in (changes.facts, changes.stage_change)),
    )


def _read(mode: Any, applied: Applied, words: Words, language: str) -> BulkEditRead:
    return BulkEditRead(
        mode=mode,
        preview_id=applied.edit_id,
        changed=applied.count(EditOutcome.CHANGED),
        unchanged=applied.count(EditOutcome.UNCHANGED),
        refused=applied.count(EditOutcome.REFUSED),
        results=[_result(result, words, language) for result in applied.results],
    )


def _result(result: Edited, words: Words, language: str) -> EditedRead:
    problem = None
    if result.problem is not None:
        error = result.problem
        problem = ProblemRead(
            code=error.code,
            title=words.text(error.code, language, error.params),
            detail=words.detail(error.code, language, error.params),
            fields=[fault.pointer.removeprefix("/") for fault in error.errors],
        )
    return EditedRead(
        id=result.project_id,
        code=result.code,
        name=result.name,
        version=result.version,
        outcome=result.outcome,
        changes=[
            FieldChangeRead(field=change.field, before=change.before, after=change.after)
            for change in result.changes
        ],
        problem=problem,
    )
