"""Regions, units, people and enterprises: put as REST puts them, a whole batch under one lock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from libs.common.context import Context
from libs.common.outbox.record import EventRow, record_events
from libs.common.security.scope import ensure_region
from libs.common.web.problems import DomainError, FieldError
from services.projects.exchange.domain.columns import Column, Kind
from services.projects.exchange.entities.base import (
    ImportEntity,
    Job,
    Outcome,
    Row,
    demand_present,
    refuse_existing,
    validated,
)
from services.projects.exchange.entities.references import References, column, load_references
from services.projects.registry import repository
from services.projects.registry.domain import credit_code as credit_codes
from services.projects.registry.domain.records import Post
from services.projects.registry.errors import UnknownUnit
from services.projects.registry.routes.answers import ENTERPRISE_KEEPERS, KEEPERS
from services.projects.registry.schemas import EnterpriseCreate, PersonCreate, RegionWrite, UnitCreate
from services.projects.registry.service import enterprises, people, regions, units
from services.projects.registry.service.finding import index_enterprises, index_people, index_units
from services.projects.registry.service.recording import Recorded, demand_region, demand_region_form
from services.projects.registry.tables import EnterpriseRow, PersonRow, RegionRow, UnitRow

# One row of the batch: what becomes of the row that has its key, or of none.
Put = Callable[[Job, References, Row, Any], Awaitable[Recorded[Any]]]


async def _apply(
    job: Job,
    rows: Sequence[Row],
    *,
    kind: str,
    table: Any,
    key: str,
    references: References,
    put: Put,
    event_of: Callable[[Any, Any], EventRow],
    index: Callable[[Context, Sequence[Any]], Awaitable[None]] | None = None,
) -> None:
    await repository.lock_kind(job.ctx.session, kind)
    known = {
        getattr(row, key): row for row in await repository.by_keys(job.ctx.session, table, key, column(rows, key))
    }
    changed: list[Any] = []
    events: list[EventRow] = []
    for row in rows:
        existing = known.get(row.values.get(key))
        try:
            if existing is not None and existing.deleted_at is None:
                refuse_existing(job, key)
            recorded = await put(job, references, row, existing)
        except (DomainError, ValidationError) as error:
            job.report.refused(row, error)
            continue
        if recorded.changed:
            job.ctx.session.add(recorded.row)
            changed.append(recorded.row)
            events.append(event_of(job.ctx, recorded.row))
        job.report.done(row, _outcome(recorded))
    await job.ctx.session.flush()
    if index is not None and changed:
        await index(job.ctx, changed)
    await record_events(job.ctx, events)


def _outcome(recorded: Recorded[Any]) -> Outcome:
    if recorded.created:
        return Outcome.INSERTED
    return Outcome.UPDATED if recorded.changed else Outcome.UNCHANGED


def _merged(row: Row, existing: Any, model: type[BaseModel], needed: Sequence[str], **resolved: Any) -> Any:
    """What REST would have been sent: the row over what is known, or the row alone when it is new."""
    facts = {**row.facts, **{name: value for name, value in resolved.items() if value is not None}}
    names = list(model.model_fields)
    if existing is None or existing.deleted_at is not None:
        demand_present(row, needed)
        return validated(model, {name: facts[name] for name in names if facts.get(name) is not None})
    known = {name: getattr(existing, name) for name in names if hasattr(existing, name)}
    return validated(model, known | {name: facts[name] for name in names if name in facts})


async def _apply_regions(job: Job, rows: Sequence[Row]) -> None:
    async def put(job: Job, references: References, row: Row, existing: Any) -> Recorded[RegionRow]:
        code = str(row.values["code"])
        demand_region_form(code, "/code")
        ensure_region(job.ctx.principal, code)
        draft = _merged(row, existing, RegionWrite, ("name",)).draft()
        return regions.record_region(job.ctx, existing, code, draft)

    await _apply(
        job, rows, kind="region", table=RegionRow, key="code", references=References(), put=put,
        event_of=regions.event_of,
    )  # fmt: skip


async def _apply_units(job: Job, rows: Sequence[Row]) -> None:
    async def put(job: Job, references: References, row: Row, existing: Any) -> Recorded[UnitRow]:
        body = _merged(row, existing, UnitCreate, ("name", "region_code"))
        await demand_region(job.ctx, body.region_code)
        return units.record_unit(job.ctx, existing, body.code, body.draft())

    references = await load_references(job.ctx.session, regions=column(rows, "region_code"))
    await _apply(
        job, rows, kind="unit", table=UnitRow, key="code", references=references, put=put,
        event_of=units.event_of, index=index_units,
    )  # fmt: skip


async def _apply_people(job: Job, rows: Sequence[Row]) -> None:
    async def put(job: Job, references: References, row: Row, existing: Any) -> Recorded[PersonRow]:
        unit_id = references.resolve(row, "unit_code", references.units)
        needed = ("name", "unit_code", "region_code", "post")
        body = _merged(row, existing, PersonCreate, needed, unit_id=unit_id)
        await demand_region(job.ctx, body.region_code)
        if not await repository.has_unit(job.ctx.session, body.unit_id):
            raise UnknownUnit(unit_id=body.unit_id, errors=[FieldError("reference.unknown", "/unit_id")])
        return people.record_person(job.ctx, existing, str(row.values["code"]), body.draft())

    references = await load_references(
        job.ctx.session, regions=column(rows, "region_code"), units=column(rows, "unit_code")
    )
    await _apply(
        job, rows, kind="person", table=PersonRow, key="code", references=references, put=put,
        event_of=people.event_of, index=index_people,
    )  # fmt: skip


async def _apply_enterprises(job: Job, rows: Sequence[Row]) -> None:
    async def put(job: Job, references: References, row: Row, existing: Any) -> Recorded[EnterpriseRow]:
        code = credit_codes.validate(str(row.values["credit_code"]))
        body = _merged(row, existing, EnterpriseCreate, ("name", "region_code", "sector_code"))
        await demand_region(job.ctx, body.region_code)
        return enterprises.record_enterprise(job.ctx, existing, code, body.draft())

    references = await load_references(job.ctx.session, regions=column(rows, "region_code"))
    await _apply(
        job, rows, kind="enterprise", table=EnterpriseRow, key="credit_code", references=references, put=put,
        event_of=enterprises.event_of, index=index_enterprises,
    )  # fmt: skip


REGIONS = ImportEntity(
    "regions",
    (
        Column("code", required=True, example="421224101"),
        Column("name", on_new=True, example="南林桥镇"),
        Column("default_post", Kind.TERM, Post),
        Column("version", Kind.INTEGER, read_only=True),
        Column("updated_at", Kind.INSTANT, read_only=True),
    ),
    key=("code",),
    roles=KEEPERS,
    apply=_apply_regions,
)
UNITS = ImportEntity(
    "units",
    (
        Column("code", required=True, example="421224-GJ"),
        Column("name", on_new=True, example="通山县工业经济办公室"),
        Column("region_code", on_new=True, example="421224"),
        Column("id", Kind.ID, read_only=True),
        Column("version", Kind.INTEGER, read_only=True),
        Column("updated_at", Kind.INSTANT, read_only=True),
    ),
    key=("code",),
    roles=KEEPERS,
    apply=_apply_units,
)
PEOPLE = ImportEntity(
    "people",
    (
        Column("code", required=True, example="421224-0001"),
        Column("name", on_new=True, example="陈建国（演示）"),
        Column("unit_code", on_new=True, example="421224-GJ"),
        Column("region_code", on_new=True, example="421224"),
        Column("post", Kind.TERM, Post, on_new=True),
        Column("email", example="officer@demo.invalid"),
        Column("phone", example="13800000000"),
        Column("active", Kind.BOOLEAN),
        Column("id", Kind.ID, read_only=True),
        Column("version", Kind.INTEGER, read_only=True),
        Column("updated_at", Kind.INSTANT, read_only=True),
    ),
    key=("code",),
    roles=KEEPERS,
    apply=_apply_people,
)
ENTERPRISES = ImportEntity(
    "enterprises",
    (
        Column("credit_code", required=True, example="91350100M000100Y43"),
        Column("name", on_new=True, example="示例企业（演示）"),
        Column("region_code", on_new=True, example="421224101"),
        Column("sector_code", on_new=True, example="3140"),
        Column("key_energy_user", Kind.BOOLEAN),
        Column("id", Kind.ID, read_only=True),
        Column("version", Kind.INTEGER, read_only=True),
        Column("updated_at", Kind.INSTANT, read_only=True),
    ),
    key=("credit_code",),
    roles=ENTERPRISE_KEEPERS,
    apply=_apply_enterprises,
)
