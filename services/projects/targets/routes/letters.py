"""``/v1/target-letters``: drawn up, revised, signed, withdrawn and printed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from libs.common.contracts.projects import TARGET_LETTER
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotAcceptable, PreconditionFailed, problems
from services.projects.instructions.printing import DOCX, HTML, PDF, choose
from services.projects.registry.errors import EntryUnknown, UnknownRegion
from services.projects.targets.errors import (
    LetterExists,
    LetterSettled,
    LetterUnchanged,
    NothingToSign,
    RuleMissing,
    SignatureUnfit,
    SignedAlready,
)
from services.projects.targets.printing import ENDINGS, MEDIA_TYPES, render
from services.projects.targets.repository import letters as repository
from services.projects.targets.routes.answers import DECIDERS, READERS, WRITERS, new_router, tagged
from services.projects.targets.schemas.goals import Withdrawal
from services.projects.targets.schemas.letters import (
    LetterCreate,
    LetterRead,
    LetterRecord,
    RevisionCreate,
    SignatureCreate,
)
from services.projects.targets.service import letters as service
from services.projects.targets.service.signing import sign

LettersQuery = Annotated[ListQuery, Depends(repository.LETTERS.selecting(LetterRead))]
_PAPER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A Word document, a PDF, or a page to print, by Accept.",
        "content": {
            DOCX: {"schema": {"type": "string", "format": "binary"}},
            PDF: {"schema": {"type": "string", "format": "binary"}},
            HTML: {"schema": {"type": "string"}},
        },
    }
}

router = new_router()


@router.get("/target-letters", response_model=PageOf[LetterRead], dependencies=READERS)
async def list_letters(request: Request, ctx: ContextDep, query: LettersQuery) -> Response:
    """Letters of the caller's subtree, the latest year first."""
    page = await repository.list_letters(ctx.session, ctx.principal, query)
    return page_response(request, page, query, LetterRead)


@router.get("/target-letters/changes", response_model=ChangePage, dependencies=READERS)
async def list_letter_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to letters since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [TARGET_LETTER], after=after, limit=limit)


@router.post(
    "/target-letters",
    status_code=201,
    response_model=LetterRead,
    responses=problems(NothingToSign, LetterExists, LetterUnchanged, EntryUnknown, UnknownRegion),
    dependencies=[require(*WRITERS)],
)
async def post_letter(body: LetterCreate, ctx: ContextDep, response: Response) -> Any:
    """Draw a letter up from the targets as they are; after a signed one a supplement with what changed."""
    row = await service.draw_up(ctx, body.draft())
    response.headers["Location"] = f"/v1/target-letters/{row.id}"
    return tagged(response, row)


@router.get("/target-letters/{letter_id}", response_model=LetterRead, dependencies=READERS)
async def read_letter(letter_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One letter as it was drawn up last."""
    row = await service.get_letter(ctx, letter_id)
    return not_modified(request, etag_of(row.version)) or tagged(response, row)


@router.get("/target-letters/{letter_id}/record", response_model=LetterRecord, dependencies=READERS)
async def read_record(letter_id: UUID, ctx: ContextDep) -> Any:
    """All revisions of a letter and who signed which of them, when."""
    await service.get_letter(ctx, letter_id)
    revisions = await repository.revisions_of(ctx.session, letter_id)
    return LetterRecord.of(revisions, await repository.signatures_of(ctx.session, letter_id))


@router.get(
    "/target-letters/{letter_id}/document", responses=_PAPER | problems(NotAcceptable), dependencies=READERS
)
async def read_paper(letter_id: UUID, ctx: ContextDep, request: Request) -> Response:
    """The letter (责任书) with the signatures of its revision, as Word document, as PDF or as a page to print."""
    row = await service.get_letter(ctx, letter_id)
    media_type = choose(request.headers.get("accept"), MEDIA_TYPES)
    if media_type is None:
        raise NotAcceptable
    content = await run_in_threadpool(render, await service.text_of(ctx, row), media_type)
    shown = "inline" if media_type == HTML else "attachment"
    name = f'{shown}; filename="zeren-{row.number}.{ENDINGS[media_type]}"'
    return Response(content, media_type=media_type, headers={"Content-Disposition": name})


@router.post(
    "/target-letters/{letter_id}/revisions",
    status_code=201,
    response_model=LetterRead,
    responses=problems(LetterSettled, LetterUnchanged, NothingToSign, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def post_revision(
    letter_id: UUID, body: RevisionCreate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Draw the letter up anew from the targets as they are now; signatures of before do not count any more."""
    row = await service.get_letter(ctx, letter_id, lock=True)
    honour_if_match(request, row.version)
    return tagged(response, await service.revise(ctx, row, body.reason, body.duties))


@router.post(
    "/target-letters/{letter_id}/signatures",
    status_code=201,
    response_model=LetterRead,
    responses=problems(
        LetterSettled, SignedAlready, SignatureUnfit, EntryUnknown, RuleMissing, PreconditionFailed
    ),
    dependencies=[require(*WRITERS)],
)
async def post_signature(
    letter_id: UUID, body: SignatureCreate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Record who signed for a side; with the second signature the letter binds."""
    row = await service.get_letter(ctx, letter_id, lock=True)
    honour_if_match(request, row.version)
    return tagged(response, await sign(ctx, row, body.signing()))


@router.post(
    "/target-letters/{letter_id}/withdrawal",
    response_model=LetterRead,
    responses=problems(LetterSettled, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def post_withdrawal(
    letter_id: UUID, body: Withdrawal, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Withdraw a letter that is not signed."""
    row = await service.get_letter(ctx, letter_id, lock=True)
    honour_if_match(request, row.version)
    return tagged(response, await service.withdraw(ctx, row, body.reason))
