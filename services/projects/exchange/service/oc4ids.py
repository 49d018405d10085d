"""The OC4IDS package of what the caller may see, project by project."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.context import Context
from libs.common.database import Database
from libs.common.security.principal import Principal
from libs.common.web.listing import ListQuery
from services.projects.documents.domain.kinds import Category
from services.projects.documents.repository import documents_of
from services.projects.documents.tables import DocumentRow
from services.projects.exchange.domain.oc4ids import VERSION, Source, document
from services.projects.exchange.domain.oc4ids_papers import Contract, Document, Kin
from services.projects.exchange.domain.oc4ids_values import Party
from services.projects.exchange.errors import ExportEmpty, ExportTooLarge
from services.projects.gate.domain.standards import ReviewKind
from services.projects.gate.repository.reviews import reviews_by_project
from services.projects.ledger import bulk
from services.projects.ledger import repository as ledger
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.ledger.repository import plans_of, project_of, reach_of
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.repository import by_keys
from services.projects.registry.tables import EnterpriseRow, RegionRow, UnitRow

_BATCH = 100


@dataclass(frozen=True, slots=True)
class Package:
    """What a package says of itself, and which projects it holds; ``url`` is where the service is reached."""

    principal: Principal
    query: ListQuery
    prefix: str
    publisher: str
    as_of: date
    url: str = ""

    def statement(self) -> Select[Any]:
        order = [key.order() for key in self.query.keys]
        narrowed = select(ProjectRow).where(*reach_of(self.principal), *self.query.conditions)
        return narrowed.order_by(*order)


async def count_projects(session: AsyncSession, package: Package, limit: int) -> int:
    """How many projects there will be. Raises ExportEmpty, ExportTooLarge."""
    bounded = package.statement().with_only_columns(col(ProjectRow.id)).order_by(None).limit(limit + 1).subquery()
    projects = await session.scalar(select(func.count()).select_from(bounded)) or 0
    if projects > limit:
        raise ExportTooLarge(limit=limit, rows=projects)
    if projects == 0:
        raise ExportEmpty
    return projects


async def package_of(database: Database, package: Package, ctx: Context) -> AsyncIterator[bytes]:
    """The package as JSON, while it is read; ``ctx`` gives its time and its id."""
    head = {
        "uri": f"urn:uuid:{ctx.new_id()}",
        "publishedDate": ctx.now.isoformat(),
        "version": VERSION,
        "publisher": {"name": package.publisher},
    }
    yield orjson.dumps(head)[:-1] + b',"projects":['
    comma = b""
    async with database.session() as session:
        result = await session.stream_scalars(package.statement().execution_options(yield_per=_BATCH))
        async for rows in result.partitions(_BATCH):
            for source in await _sources(session, rows, package):
                yield comma + orjson.dumps(document(source, package.prefix))
                comma = b","
    yield b"]}"


async def _sources(session: AsyncSession, rows: Sequence[ProjectRow], package: Package) -> list[Source]:
    """Everything that is told of a batch of projects, in one query a kind."""
    ids = [row.id for row in rows]
    plans = await plans_of(session, ids)
    progress = await bulk.progress_by_project(session, ids)
    investments = await bulk.investments_by_project(session, ids)
    arrivals = await bulk.arrivals_by_project(session, ids)
    papers = await ledger.papers_by_project(session, ids)
    documents = await _documents(session, ids, package.url)
    kin = await _kin(session, rows, package.principal)
    numbers, acts = await ledger.contract_numbers(session, ids), await ledger.contract_acts(session, ids)
    regions = await by_keys(session, RegionRow, "code", {row.region_code for row in rows})
    names = {region.code: region.name for region in regions}
    units = await _parties(session, UnitRow, "unit_id", {row.responsible_unit_id for row in rows})
    enterprises = await _parties(session, EnterpriseRow, "enterprise_id", {row.enterprise_id for row in rows})
    return [
        Source(
            project=project_of(row, plans[row.id]),
            updated_at=row.updated_at,
            region_name=names.get(row.region_code, ""),
            as_of=package.as_of,
            unit=units.get(row.responsible_unit_id),
            enterprise=enterprises.get(row.enterprise_id),
            progress=progress.get(row.id, ()),
            investments=investments.get(row.id, ()),
            arrivals=arrivals.get(row.id, ()),
            contract=Contract(numbers.get(row.id, ""), acts.get(row.id, ())),
            papers=papers.get(row.id, ()),
            documents=documents.get(row.id, ()),
            kin=kin.get(row.id, ()),
        )
        for row in rows
    ]


async def _documents(session: AsyncSession, ids: Sequence[UUID], url: str) -> dict[UUID, list[Document]]:
    """Documents of the projects, and of the assessments of their environmental impact."""
    impacts = await reviews_by_project(session, ReviewKind.EIA, ids)
    found: dict[UUID, list[Document]] = {}
    for owner_type, owners in (("project", {one: one for one in ids}), ("gate_review", impacts)):
        for owner_id, rows in (await documents_of(session, owner_type, list(owners))).items():
            told = found.setdefault(owners[owner_id], [])
            told += [_document(row, url, is_impact=owner_type == "gate_review") for row in rows]
    return found


def _document(row: DocumentRow, url: str, *, is_impact: bool) -> Document:
    return Document(
        id=row.id,
        title=row.title or row.name,
        notes=row.notes,
        category=Category(row.category),
        media_type=row.media_type,
        published_at=row.uploaded_at,
        url=f"{url.rstrip('/')}/v1/documents/{row.id}/content",
        is_impact=is_impact,
    )


async def _kin(session: AsyncSession, rows: Sequence[ProjectRow], principal: Principal) -> dict[UUID, list[Kin]]:
    """Parents and phases of the projects that the caller may see."""
    parents = {row.id: row.parent_id for row in rows if row.parent_id is not None}
    found: dict[UUID, list[Kin]] = {}
    for other in await ledger.families_of(session, principal, [row.id for row in rows], list(parents.values())):
        kind = ProjectKind(other.kind)
        for project_id, parent_id in parents.items():
            if parent_id == other.id:
                found.setdefault(project_id, []).append(Kin(other.code, other.name, kind, is_parent=True))
        if other.parent_id is not None:
            found.setdefault(other.parent_id, []).append(Kin(other.code, other.name, kind, is_parent=False))
    return found


async def _parties(session: AsyncSession, table: Any, key: str, ids: set[UUID | None]) -> dict[UUID | None, Party]:
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return {}
    found: dict[UUID | None, Party] = {}
    for row in await session.scalars(select(table).where(getattr(table, key).in_(wanted))):
        is_enterprise = isinstance(row, EnterpriseRow)
        code = row.credit_code if is_enterprise else row.code
        found[getattr(row, key)] = Party(code, row.name, "CN-USCC" if is_enterprise else "")
    return found
