"""``/v1/economy-reports``: what is owed, drafts, review, corrections, history and change feed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.contracts.projects import ECONOMY_REPORT
from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, PreconditionFailed, PreconditionRequired, problems
from libs.common.workdays import UnknownCalendarYear
from services.projects.duties.schemas import StepRead
from services.projects.economy.domain.deriving import NOT_SAID
from services.projects.economy.domain.plausibility import Doubt, Warned
from services.projects.economy.domain.reports import PENDING, Edition
from services.projects.economy.errors import (
    EditionNotOwed,
    FlashAfterFinal,
    MonthClosed,
    MonthNotOver,
    NothingCorrected,
    NotInRegister,
    OwnReview,
    ReportIncomplete,
    ReportStepRefused,
    ReportUnsound,
    WarningsUnconfirmed,
)
from services.projects.economy.repository import reports as repository
from services.projects.economy.routes.answers import REPORTERS, REVIEWERS, new_router, tagged, text_of
from services.projects.economy.schemas.reports import (
    AcceptancesRead,
    AcceptancesWrite,
    EconomyScanRead,
    LineRead,
    LinesWrite,
    ReportCorrection,
    ReportItem,
    ReportRead,
    ReportReturn,
    ReportSubmit,
    RevisionRead,
    WarningRead,
    item_facts,
)
from services.projects.economy.schemas.types import MonthText, month_of
from services.projects.economy.service import reporting, reviewing
from services.projects.economy.service.recording import OpenedReport, open_report, read_report
from services.projects.economy.service.scanning import scan_economy
from services.projects.economy.service.terms import load_terms
from services.projects.registry.schemas import CreditCode

ReportsQuery = Annotated[ListQuery, Depends(repository.REPORTS.selecting(ReportItem))]
RevisionsQuery = Annotated[ListQuery, Depends(repository.REVISIONS.selecting(RevisionRead))]
StepsQuery = Annotated[ListQuery, Depends(repository.STEPS.selecting(StepRead))]

_WRITING = (ReportStepRefused, MonthClosed, FlashAfterFinal, ReportUnsound)
_HANDING_IN = (*_WRITING, ReportIncomplete, WarningsUnconfirmed, PreconditionFailed)

router = new_router()


@router.get("/economy-reports", response_model=PageOf[ReportItem])
async def list_reports(request: Request, ctx: ContextDep, query: ReportsQuery) -> Response:
    """Reports by due day; late ones by ``filter[status][in]=due,draft,returned`` and ``filter[due_on][lt]``."""
    page = await repository.list_reports(ctx.session, ctx.principal, query)
    today = today_of(ctx)
    return page_response(request, page, query, ReportItem, lambda pair: ReportItem.of(pair, today))


@router.get("/economy-reports/changes", response_model=ChangePage)
async def list_report_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to reports since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [ECONOMY_REPORT], after=after, limit=limit)


@router.put(
    "/economy-reports/{credit_code}/{month}/{edition}",
    response_model=ReportRead,
    responses=problems(
        NotInRegister,
        MonthNotOver,
        EditionNotOwed,
        UnknownCalendarYear,
        PreconditionFailed,
        PreconditionRequired,
        *_WRITING,
    ),
    dependencies=[require(*REPORTERS)],
)
async def put_report(
    credit_code: CreditCode,
    month: MonthText,
    edition: Edition,
    body: LinesWrite,
    ctx: ContextDep,
    request: Request,
    response: Response,
) -> Any:
    """Say a whole draft. Once something was said, If-Match names the version it takes the place of."""
    opened = await reporting.find_or_begin(ctx, credit_code, month_of(month), edition)
    if opened.row.revision:
        check_if_match(request, opened.row.version)
    else:
        response.status_code = 201
    return await _shown(request, response, ctx, await reporting.enter_lines(ctx, opened, body.said(), whole=True))


@router.post(
    "/economy-reports/{credit_code}/{month}/{edition}/corrections",
    status_code=201,
    response_model=ReportRead,
    responses=problems(
        NotInRegister, MonthNotOver, EditionNotOwed, UnknownCalendarYear, NothingCorrected, *_HANDING_IN
    ),
    dependencies=[require(*REPORTERS)],
)
async def correct_month(
    credit_code: CreditCode,
    month: MonthText,
    edition: Edition,
    body: ReportCorrection,
    ctx: ContextDep,
    request: Request,
    response: Response,
) -> Any:
    """A correction for a closed month that nobody was asked for: who came into the register late."""
    opened = await reporting.find_or_begin(ctx, credit_code, month_of(month), edition)
    if opened.row.revision:
        honour_if_match(request, opened.row.version)
    corrected = await reporting.correct_report(ctx, opened, body.said(), body.reason, body.reasons())
    return await _shown(request, response, ctx, corrected)


@router.get("/economy-reports/{report_id}", response_model=ReportRead)
async def get_report(report_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One report: what it says, what follows from it, and what looks wrong."""
    return await _shown(request, response, ctx, await read_report(ctx, report_id))


@router.patch(
    "/economy-reports/{report_id}",
    response_model=ReportRead,
    responses=problems(PreconditionFailed, PreconditionRequired, *_WRITING),
    dependencies=[require(*REPORTERS)],
)
async def patch_report(
    report_id: UUID, body: LinesWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Say some lines of a draft otherwise."""
    opened = await open_report(ctx, report_id)
    check_if_match(request, opened.row.version)
    return await _shown(request, response, ctx, await reporting.enter_lines(ctx, opened, body.said(), whole=False))


@router.post(
    "/economy-reports/{report_id}/submit",
    status_code=201,
    response_model=ReportRead,
    responses=problems(*_HANDING_IN),
    dependencies=[require(*REPORTERS)],
)
async def submit_report(
    report_id: UUID, body: ReportSubmit, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Hand the draft in. What looks wrong is refused until each doubt is confirmed with a reason."""
    opened = await open_report(ctx, report_id)
    honour_if_match(request, opened.row.version)
    return await _shown(request, response, ctx, await reporting.submit_report(ctx, opened, body.reasons()))


@router.post(
    "/economy-reports/{report_id}/accept",
    status_code=201,
    response_model=ReportRead,
    responses=problems(ReportStepRefused, OwnReview, MonthClosed, PreconditionFailed),
    dependencies=[require(*REVIEWERS)],
)
async def accept_report(report_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """Let the report count. Who submitted it does not accept it."""
    opened = await open_report(ctx, report_id)
    honour_if_match(request, opened.row.version)
    return await _shown(request, response, ctx, await reviewing.accept_report(ctx, opened))


@router.post(
    "/economy-report-acceptances",
    status_code=201,
    response_model=AcceptancesRead,
    responses=problems(ReportStepRefused, OwnReview, MonthClosed),
    dependencies=[require(*REVIEWERS)],
)
async def accept_reports(body: AcceptancesWrite, ctx: ContextDep) -> Any:
    """Accept many reports at once, all or none of them."""
    return {"accepted": len(await reviewing.accept_reports(ctx, set(body.report_ids)))}


@router.post(
    "/economy-reports/{report_id}/return",
    status_code=201,
    response_model=ReportRead,
    responses=problems(ReportStepRefused, PreconditionFailed),
    dependencies=[require(*REVIEWERS)],
)
async def return_report(
    report_id: UUID, body: ReportReturn, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Give the report back with a reason; what counted before still counts."""
    opened = await open_report(ctx, report_id)
    honour_if_match(request, opened.row.version)
    return await _shown(request, response, ctx, await reviewing.return_report(ctx, opened, body.reason))


@router.post(
    "/economy-reports/{report_id}/corrections",
    status_code=201,
    response_model=ReportRead,
    responses=problems(NothingCorrected, *_HANDING_IN),
    dependencies=[require(*REPORTERS)],
)
async def correct_report(
    report_id: UUID, body: ReportCorrection, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Correct what counts, or anything of a closed month, with a reason; it counts once it is accepted."""
    opened = await open_report(ctx, report_id)
    honour_if_match(request, opened.row.version)
    corrected = await reporting.correct_report(ctx, opened, body.said(), body.reason, body.reasons())
    return await _shown(request, response, ctx, corrected)


@router.get("/economy-reports/{report_id}/revisions", response_model=PageOf[RevisionRead])
async def list_revisions(report_id: UUID, request: Request, ctx: ContextDep, query: RevisionsQuery) -> Response:
    """Everything the report ever said, in order; none is ever changed."""
    await read_report(ctx, report_id)
    page = await repository.list_revisions(ctx.session, report_id, query)
    return page_response(request, page, query, RevisionRead, RevisionRead.of)


@router.get("/economy-reports/{report_id}/steps", response_model=PageOf[StepRead])
async def list_steps(report_id: UUID, request: Request, ctx: ContextDep, query: StepsQuery) -> Response:
    """Every step of the report, in order: who, when, why."""
    await read_report(ctx, report_id)
    page = await repository.list_steps(ctx.session, report_id, query)
    return page_response(request, page, query, StepRead)


@router.post(
    "/economy-scans",
    response_model=EconomyScanRead,
    responses=problems(Forbidden),
    dependencies=[require(Role.ADMIN)],
)
async def scan_now(ctx: ContextDep) -> Any:
    """Ask for the reports of months that have ended, tell late ones and dips now, as the daily job does."""
    scanned = await scan_economy(ctx)
    judged = scanned.judged
    return EconomyScanRead(
        made=scanned.made,
        subjects=judged.subjects,
        opened=judged.opened,
        amended=judged.amended,
        cleared=judged.cleared,
    )


async def _shown(request: Request, response: Response, ctx: ContextDep, opened: OpenedReport) -> ReportRead:
    row, terms = opened.row, await load_terms(ctx)
    before = await reporting.figures_before(ctx, row)
    derived = reporting.derived_lines(opened.lines, terms, row.month, before)
    tagged(response, row.version)
    lines = [
        LineRead.of(indicator, opened.lines[code], derived.get(code, NOT_SAID))
        for code, indicator in terms.catalogue.items()
        if code in opened.lines
    ]
    found = (
        [reporting.stored_warning(one, "") for one in reporting.doubts_of(opened, terms, before)]
        if opened.status in PENDING
        else row.warnings
    )
    facts = item_facts((row, opened.enterprise), today_of(ctx))
    return ReportRead(**{**facts, "lines": lines, "warnings": [_warning(request, one) for one in found]})


def _warning(request: Request, stored: dict[str, Any]) -> WarningRead:
    warned = Warned(Doubt(stored["doubt"]), stored["indicator"], stored["params"])
    params = {"indicator": warned.indicator, **warned.params}
    return WarningRead(
        doubt=warned.doubt,
        indicator=warned.indicator,
        message=text_of(request, warned.code, params),
        reason=stored["reason"],
        confirmed_by=stored["confirmed_by"] or None,
    )
