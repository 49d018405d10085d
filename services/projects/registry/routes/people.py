"""``/v1/persons``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.audit import audit
from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.registry import repository
from services.projects.registry.contacts import SEES_PHONES
from services.projects.registry.errors import EntryExists, UnknownRegion, UnknownUnit
from services.projects.registry.routes.answers import KEEPERS, OFFICES, recorded, tagged
from services.projects.registry.schemas import (
    Code,
    DisclosureWrite,
    PersonCreate,
    PersonRead,
    PersonUpdate,
    PersonWrite,
    person_draft,
)
from services.projects.registry.service import people

PersonsQuery = Annotated[ListQuery, Depends(repository.PERSONS.selecting(PersonRead))]

router = APIRouter(prefix="/v1/persons", route_class=TransactionalRoute, tags=["registry"])


@router.get("", response_model=PageOf[PersonRead], dependencies=[require(*OFFICES)])
async def list_persons(
    request: Request,
    ctx: ContextDep,
    query: PersonsQuery,
) -> Response:
    """People of the caller's subtree."""
    page = await repository.list_persons(ctx.session, ctx.principal, query)
    return page_response(request, page, query, PersonRead, lambda row: PersonRead.of(row, ctx.principal))


@router.post(
    "",
    status_code=201,
    response_model=PersonRead,
    responses=problems(EntryExists, UnknownRegion, UnknownUnit),
    dependencies=[require(*KEEPERS)],
)
async def create_person(body: PersonCreate, ctx: ContextDep, response: Response) -> Any:
    """Record a person under a code that is not in use; without one the service makes one up."""
    return PersonRead.of(tagged(response, await people.create_person(ctx, body.code, body.draft())), ctx.principal)


@router.get("/{code}", response_model=PersonRead, dependencies=[require(*OFFICES)])
async def read_person(code: str, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One person."""
    row = await people.get_person(ctx, code)
    return not_modified(request, etag_of(row.version)) or PersonRead.of(tagged(response, row), ctx.principal)


@router.put(
    "/{code}",
    response_model=PersonRead,
    responses={201: {"model": PersonRead}, **problems(UnknownRegion, UnknownUnit)},
    dependencies=[require(*KEEPERS)],
)
async def put_person(code: Code, body: PersonWrite, ctx: ContextDep, response: Response) -> Any:
    """Record a person and the post held, by a staff number."""
    outcome = await people.put_person(ctx, code, body.draft())
    return PersonRead.of(recorded(response, outcome), ctx.principal)


@router.patch(
    "/{code}",
    response_model=PersonRead,
    responses=problems(UnknownRegion, UnknownUnit),
    dependencies=[require(*KEEPERS)],
)
async def patch_person(
    code: str, body: PersonUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change some fields of the person that ``If-Match`` names."""
    await repository.lock_key(ctx.session, "person", code)
    row = await people.get_person(ctx, code)
    check_if_match(request, row.version)
    outcome = await people.put_person(ctx, code, person_draft(row, body))
    return PersonRead.of(tagged(response, outcome.row), ctx.principal)


@router.post("/{code}/disclosures", response_model=PersonRead, dependencies=[require(*SEES_PHONES)])
async def disclose_person(code: str, body: DisclosureWrite, ctx: ContextDep, response: Response) -> Any:
    """Show the person's number in full to who may see numbers; who asked and why stays in the audit record."""
    row = await people.get_person(ctx, code)
    # What is told once is not kept for a repeated request.
    response.headers["Cache-Control"] = "no-store"
    await audit(ctx, "disclose", "persons", str(row.person_id), {"reason": body.reason})
    return PersonRead.disclosed(tagged(response, row))


@router.delete(
    "/{code}",
    status_code=204,
    dependencies=[require(*KEEPERS)],
)
async def delete_person(code: str, ctx: ContextDep) -> None:
    """Delete a person; name, mail and phone are erased."""
    await people.delete_person(ctx, code)
