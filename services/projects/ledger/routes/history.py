"""The past of projects: their history in sentences, a day's state, and the comparison of two days."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from libs.common.local_time import today_of
from libs.common.web.catalogue import negotiate
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, next_link, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import SHANGHAI
from services.projects.ledger import repository
from services.projects.ledger.domain.comparison import Standing, span_between
from services.projects.ledger.errors import ComparisonOutOfOrder, DateInFuture
from services.projects.ledger.routes.answers import LedgerDep
from services.projects.ledger.schemas import FieldChangeRead, ProjectChangeRead
from services.projects.ledger.schemas.history import (
    ComparisonPage,
    ComparisonTotalsRead,
    MoneyTotalRead,
    ProjectComparisonRead,
    ProjectStateRead,
    SlipTotalRead,
    StageCountRead,
)
from services.projects.ledger.service import comparison
from services.projects.ledger.service.comparison import Compared, changes_of
from services.projects.ledger.service.totals import ComparisonTotals
from services.projects.ledger.tables import ProjectChangeRow
from services.projects.ledger.wording import Teller, references_in

ChangesQuery = Annotated[ListQuery, Depends(repository.CHANGES.selecting(ProjectChangeRead))]
ComparisonsQuery = Annotated[ListQuery, Depends(repository.PROJECTS.selecting(ProjectComparisonRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["ledger"])


@router.get("/projects/{project_id}/history", response_model=PageOf[ProjectChangeRead])
async def list_history(
    project_id: UUID, request: Request, ctx: ContextDep, ledger: LedgerDep, query: ChangesQuery
) -> Response:
    """Every write of the project, field by field and as a sentence in the caller's language."""
    opened = await ledger.read(ctx, project_id)
    page = await repository.list_changes(ctx.session, project_id, query)
    told = [change for row in page.items for change in changes_of(row)]
    language = _language(request)
    names = await comparison.names_for(ctx, references_in(told), language, opened.project.region_code)
    teller = Teller(request.app.state.catalogue, language, names)
    actors = await comparison.actor_names(ctx, {row.actor for row in page.items})

    def read(row: ProjectChangeRow) -> ProjectChangeRead:
        text = teller.text(row.action, row.reason, changes_of(row), row.at.astimezone(SHANGHAI).year)
        facts = row.model_dump(exclude={"project_id", "changes"})
        changes = [FieldChangeRead.model_validate(change) for change in row.changes]
        return ProjectChangeRead(**facts, changes=changes, text=text, actor_name=actors.get(row.actor))

    return page_response(request, page, query, ProjectChangeRead, read)


@router.get(
    "/projects/{project_id}/states/{date}",
    response_model=ProjectStateRead,
    responses=problems(DateInFuture),
)
async def read_state(project_id: UUID, date: date, ctx: ContextDep, ledger: LedgerDep) -> ProjectStateRead:
    """The project as it was known at the end of a day; 404 for a day before it was registered."""
    opened = await ledger.read(ctx, project_id)
    return ProjectStateRead.past(await comparison.past_state(ctx, opened, date))


@router.get(
    "/project-comparisons",
    response_model=ComparisonPage,
    responses=problems(ComparisonOutOfOrder, DateInFuture),
)
async def compare_projects(
    request: Request,
    ctx: ContextDep,
    query: ComparisonsQuery,
    from_on: Annotated[date, Query(alias="from", description="First day; what was known at its end.")],
    to_on: Annotated[date, Query(alias="to", description="Second day, not after today.")],
    only_changed: Annotated[bool, Query(description="Only projects written to in between.")] = False,
) -> Response:
    """What differs between two days, project by project, with totals over the whole filter.

    Filters look at the projects as they are now. Projects registered after the second day are left out.
    """
    span = span_between(from_on, to_on, today_of(ctx))
    page = await comparison.compare_projects(ctx, query, span, only_changed=only_changed)
    totals = None
    if query.place is None:
        cuts = span.cuts(SHANGHAI)
        found = await repository.totals_between(ctx.session, ctx.principal, query, cuts)
        totals = _totals_read(ComparisonTotals(found))
    told = [change for item in page.items for change in item.comparison.changes]
    language = _language(request)
    names = await comparison.names_for(ctx, references_in(told), language)
    teller = Teller(request.app.state.catalogue, language, names)
    wanted = None if query.fields is None else set(query.fields)
    items = b",".join(
        ProjectComparisonRead.of(item, _text(teller, item, to_on.year)).model_dump_json(include=wanted).encode()
        for item in page.items
    )
    head = b'{"from_on":"%b","to_on":"%b","items":[' % (str(from_on).encode(), str(to_on).encode())
    shown = b"null" if totals is None else totals.model_dump_json().encode()
    body = head + items + b'],"next_cursor":' + orjson.dumps(page.next_cursor) + b',"totals":' + shown + b"}"
    headers = {} if page.next_cursor is None else {"Link": next_link(request, page.next_cursor)}
    return Response(body, media_type="application/json", headers=headers)


def _language(request: Request) -> str:
    return negotiate(request.headers.get("accept-language"))


def _text(teller: Teller, item: Compared, year: int) -> str:
    found = item.comparison
    if found.standing is Standing.UNCHANGED:
        return ""
    return teller.text("registered" if found.before is None else "", "", found.changes, year)


def _totals_read(totals: ComparisonTotals) -> ComparisonTotalsRead:
    money = {}
    for name in ("invested_yuan", "total_investment_yuan", "contract_amount_yuan"):
        before, after = totals.money(name)
        money[name] = MoneyTotalRead(
            before=Decimal(before), after=Decimal(after), difference=Decimal(after - before)
        )
    return ComparisonTotalsRead(
        projects_before=totals.count(before=True),
        projects_after=totals.count(before=False),
        new=totals.new,
        gone=totals.gone,
        stage_moved=totals.stage_moved,
        by_stage=[
            StageCountRead(stage=stage, before=before, after=after) for stage, before, after in totals.by_stage()
        ],
        slips=[SlipTotalRead.model_validate(slip, from_attributes=True) for slip in totals.slips],
        **money,
    )
