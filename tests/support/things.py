"""A small service over a table ``thing``, for tests of the common web parts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import MetaData, insert, select, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col

from libs.common.database import UtcDateTime
from libs.common.security.scope import region_scope
from libs.common.web.dependencies import ContextDep
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery, PageOf, page_response
from libs.common.web.problems import DomainError, FieldError, problems
from libs.common.web.routes import TransactionalRoute, public, unaudited

# Of an advisory lock: whoever is told to wait waits for who holds it.
_GATE = 731_055


@asynccontextmanager
async def closed_gate(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Within the block a thing that is told to wait does so; yields the connection that keeps it waiting."""
    keeper = await asyncpg.connect(dsn)
    try:
        await keeper.execute("SELECT pg_advisory_lock($1)", _GATE)
        yield keeper
    finally:
        await keeper.close()


async def somebody_waits(keeper: asyncpg.Connection) -> None:
    """Until a request stands at the gate."""
    async with asyncio.timeout(120):
        while not await keeper.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted", _GATE
        ):
            await asyncio.sleep(0.02)


class ThingTable(SQLModel, registry=registry(metadata=MetaData())):
    __abstract__ = True


class ThingRow(ThingTable, table=True):
    __tablename__ = "thing"

    id: UUID = Field(primary_key=True)
    name: str
    amount: int
    region_code: str
    due_on: date | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class ThingCreate(BaseModel):
    name: str
    amount: int = 1
    then: str = ""


class ThingRead(BaseModel):
    id: UUID
    name: str
    amount: int
    due_on: date | None


class TooMuch(DomainError):
    """The amount is above the limit."""

    code = "forbidden.test_too_much"
    status = 409


class WrongPassword(DomainError):
    """Counted, although refused."""

    code = "forbidden.test_wrong_password"
    status = 401
    keeps_changes = True


THINGS = Listing(
    fields={
        "id": FilterField(ThingRow.id, UUID),
        "name": FilterField(ThingRow.name),
        "amount": FilterField(ThingRow.amount, int),
        "due_on": FilterField(ThingRow.due_on, date),
        "created_at": FilterField(ThingRow.created_at, datetime),
    },
    sortable=("name", "amount", "due_on", "created_at"),
    default_sort="-created_at",
    selectable=ThingRead,
)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute)


@router.get("/things", response_model=PageOf[ThingRead])
async def list_things(request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(THINGS)]) -> Response:
    visible = select(ThingRow).where(region_scope(col(ThingRow.region_code), ctx.principal))
    return page_response(request, await query.page(ctx.session, visible), query, ThingRead)


@router.post("/things", status_code=201, responses=problems(TooMuch))
async def create_thing(ctx: ContextDep, thing: ThingCreate) -> ThingRead:
    row = ThingRow(id=ctx.new_id(), name=thing.name, amount=thing.amount, region_code="421224", created_at=ctx.now)
    ctx.session.add(row)
    await ctx.session.flush()
    if thing.then == "refuse":
        raise TooMuch(errors=[FieldError("field.invalid", "/amount")])
    if thing.then == "break":
        raise RuntimeError("broken after the insert")
    if thing.then == "wait":
        await ctx.session.execute(text("SELECT pg_advisory_xact_lock(:gate)"), {"gate": _GATE})
    return ThingRead.model_validate(row, from_attributes=True)


@router.post("/lazy-things")
@unaudited
async def add_lazily(ctx: ContextDep) -> None:
    ctx.session.add(ThingRow(id=ctx.new_id(), name="lazy", amount=1, region_code="421224", created_at=ctx.now))


@router.put("/things/{name}/amount")
async def put_amount(ctx: ContextDep, name: str, amount: int) -> None:
    await ctx.session.execute(text("UPDATE thing SET amount = :a WHERE name = :n"), {"a": amount, "n": name})


@router.post("/secrets", status_code=201)
@unaudited
async def create_secret(ctx: ContextDep, response: Response) -> dict[str, str]:
    response.headers["Cache-Control"] = "no-store"
    return {"key": "dk_secret"}


@router.post("/sign-ins")
@public
async def sign_in(ctx: ContextDep) -> None:
    row = {"id": ctx.new_id(), "name": "failed", "amount": 1, "region_code": "421224", "created_at": ctx.now}
    await ctx.session.execute(insert(ThingRow).values(**row))
    raise WrongPassword
