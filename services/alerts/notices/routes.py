"""Notices over HTTP: sent by offices and services, confirmed signed in or by a link."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from libs.common.context import Context
from libs.common.contracts.notices import ReceiptState
from libs.common.security.audit import audit
from libs.common.security.digests import SHA256, digest
from libs.common.security.principal import Role
from libs.common.web.catalogue import negotiate
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute, public
from services.alerts.notices import repository, service
from services.alerts.notices.domain.links import NoticeLinks
from services.alerts.notices.domain.wording import page
from services.alerts.notices.errors import (
    DeadlineInPast,
    LinkRefused,
    NoticeEnded,
    NoticeNotFound,
    RecipientsUnknown,
)
from services.alerts.notices.schemas import (
    NoticeCreate,
    NoticeRead,
    OwnNotice,
    OwnNotices,
    ReceiptProof,
    ReceiptRead,
    Withdrawal,
)
from services.alerts.notices.sending import words_of
from services.alerts.notices.service import Addressee
from services.alerts.notices.tables import NoticeRow, ReceiptRow
from services.alerts.notices.wording import wording
from services.alerts.seals.keys import SealKey

router = APIRouter(prefix="/v1/notices", route_class=TransactionalRoute, tags=["notices"])

_SENDERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
_READERS = (*_SENDERS, Role.AUDITOR)
# Whatever a title holds, the page runs no script and loads nothing.
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


async def _links(request: Request) -> NoticeLinks:
    return cast(NoticeLinks, request.app.state.notice_links)


async def _seal_key(request: Request) -> SealKey:
    return cast(SealKey, request.app.state.seal_key)


LinksDep = Annotated[NoticeLinks, Depends(_links)]
SealKeyDep = Annotated[SealKey, Depends(_seal_key)]


@router.post(
    "",
    status_code=201,
    dependencies=[require(*_SENDERS)],
    responses=problems(RecipientsUnknown, DeadlineInPast),
)
async def send_notice(ctx: ContextDep, links: LinksDep, body: NoticeCreate) -> NoticeRead:
    """Send a document notice to people; each gets a link of their own, and is reminded until confirmed."""
    facts = body.model_dump(exclude={"recipients"})
    facts["title_en"] = body.title_en or body.title_zh
    facts["text_en"] = body.text_zh if body.text_en is None else body.text_en
    addressees = [Addressee(**addressee.model_dump()) for addressee in body.recipients]
    notice = await service.send_notice(ctx, links, facts, addressees)
    return (await _read(ctx, [notice]))[0]


@router.get("", response_model=PageOf[NoticeRead], dependencies=[require(*_READERS)])
async def list_notices(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.NOTICES)]
) -> Response:
    """Notices of the caller's region, newest first, with their counts."""
    found = await repository.page_notices(ctx.session, ctx.principal, query)
    read = {notice.id: notice for notice in await _read(ctx, found.items)}
    return page_response(request, found, query, NoticeRead, lambda row: read[row.id])


@router.get("/mine")
async def list_own(ctx: ContextDep, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> OwnNotices:
    """Notices addressed to the caller, newest first."""
    person_id = ctx.principal.person_id
    rows = [] if person_id is None else await repository.list_own(ctx.session, person_id, limit=limit)
    return OwnNotices(
        items=[
            OwnNotice(notice=NoticeRead.model_validate(notice), receipt=ReceiptRead.model_validate(receipt))
            for notice, receipt in rows
        ]
    )


@router.get("/links/{token}", response_class=HTMLResponse, responses=problems(LinkRefused))
@public
async def open_link(request: Request, ctx: ContextDep, links: LinksDep, token: str) -> HTMLResponse:
    """The page behind a recipient's link. Looking at it changes nothing: mail scanners look too."""
    notice, receipt = await service.by_link(ctx, links, token)
    return _page(request, links, notice, receipt)


@router.post("/links/{token}/reads", response_class=RedirectResponse, responses=problems(LinkRefused, NoticeEnded))
@public
async def read_by_link(request: Request, ctx: ContextDep, links: LinksDep, token: str) -> Response:
    """The recipient opens the document: recorded, then on to it."""
    notice, receipt = await service.note_by_link(ctx, links, token, ReceiptState.READ)
    if notice.link is None:
        return _page(request, links, notice, receipt)
    return RedirectResponse(notice.link, status_code=303, headers=_PAGE_HEADERS)


@router.post(
    "/links/{token}/confirmations", response_class=HTMLResponse, responses=problems(LinkRefused, NoticeEnded)
)
@public
async def confirm_by_link(request: Request, ctx: ContextDep, links: LinksDep, token: str) -> HTMLResponse:
    """The recipient confirms receipt."""
    notice, receipt = await service.note_by_link(ctx, links, token, ReceiptState.CONFIRMED)
    return _page(request, links, notice, receipt)


@router.get("/{notice_id}", dependencies=[require(*_READERS)], responses=problems(NoticeNotFound))
async def get_notice(ctx: ContextDep, notice_id: UUID) -> NoticeRead:
    """One notice with its counts."""
    return (await _read(ctx, [await _visible(ctx, notice_id)]))[0]


@router.get(
    "/{notice_id}/receipts",
    response_model=PageOf[ReceiptRead],
    dependencies=[require(*_READERS)],
    responses=problems(NoticeNotFound),
)
async def list_receipts(
    request: Request, ctx: ContextDep, notice_id: UUID, query: Annotated[ListQuery, Depends(repository.RECEIPTS)]
) -> Response:
    """Who received it: delivered, read, confirmed, by whom and when."""
    await _visible(ctx, notice_id)
    found = await repository.page_receipts(ctx.session, notice_id, query)
    return page_response(request, found, query, ReceiptRead)


@router.get("/{notice_id}/proof", dependencies=[require(*_READERS)], responses=problems(NoticeNotFound))
async def get_proof(ctx: ContextDep, key: SealKeyDep, notice_id: UUID) -> ReceiptProof:
    """All receipts in one signed statement, for the file; taking it is recorded."""
    notice = await _visible(ctx, notice_id)
    receipts = await repository.list_receipts(ctx.session, notice_id)
    await audit(ctx, "export", "notices", str(notice_id), {"receipts": len(receipts)})
    facts: dict[str, Any] = {
        "made_at": ctx.now.isoformat(),
        "notice": (await _read(ctx, [notice]))[0].model_dump(mode="json"),
        "receipts": [ReceiptRead.model_validate(row).model_dump(mode="json") for row in receipts],
    }
    statement = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    made = digest(SHA256, statement.encode())
    return ReceiptProof(
        statement=statement,
        made_at=ctx.now,
        digest=made,
        key_id=key.key_id,
        public_key=key.public_key,
        signature=key.sign(made),
    )


@router.post("/{notice_id}/reads", status_code=201, responses=problems(NoticeNotFound, NoticeEnded))
async def read_notice(ctx: ContextDep, notice_id: UUID) -> ReceiptRead:
    """The caller has read a notice addressed to the caller."""
    return ReceiptRead.model_validate(await service.note_own(ctx, notice_id, ReceiptState.READ))


@router.post("/{notice_id}/confirmations", status_code=201, responses=problems(NoticeNotFound, NoticeEnded))
async def confirm_notice(ctx: ContextDep, notice_id: UUID) -> ReceiptRead:
    """The caller confirms a notice addressed to the caller."""
    return ReceiptRead.model_validate(await service.note_own(ctx, notice_id, ReceiptState.CONFIRMED))


@router.post(
    "/{notice_id}/withdrawals",
    status_code=201,
    dependencies=[require(*_SENDERS)],
    responses=problems(NoticeNotFound, NoticeEnded),
)
async def withdraw_notice(ctx: ContextDep, notice_id: UUID, body: Withdrawal) -> NoticeRead:
    """Take a notice back: nothing more is sent, nobody is reminded; what was received stays on record."""
    return (await _read(ctx, [await service.withdraw(ctx, notice_id, body.reason)]))[0]


async def _visible(ctx: Context, notice_id: UUID) -> NoticeRow:
    notice = await repository.find_visible(ctx.session, ctx.principal, notice_id)
    if notice is None:
        raise NoticeNotFound
    return notice


async def _read(ctx: Context, notices: Sequence[NoticeRow]) -> list[NoticeRead]:
    counted = await repository.counts(ctx.session, [notice.id for notice in notices])
    names = ("delivered", "failed", "read", "confirmed")
    return [
        NoticeRead.model_validate(notice).model_copy(
            update=dict(zip(names, counted.get(notice.id, (0, 0, 0, 0)), strict=True))
        )
        for notice in notices
    ]


def _page(request: Request, links: NoticeLinks, notice: NoticeRow, receipt: ReceiptRow) -> HTMLResponse:
    language = negotiate(request.headers.get("accept-language"))
    state = "withdrawn" if notice.status == "withdrawn" else "done" if receipt.confirmed_at is not None else "open"
    path = f"/v1/notices/links/{links.token(receipt.id)}"
    html = page(words_of(notice, language), wording(language), language, path=path, state=state)
    return HTMLResponse(html, headers=_PAGE_HEADERS)
