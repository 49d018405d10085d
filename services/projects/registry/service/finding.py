"""What of the registry the search finds: enterprises, units, and people by their names and posts."""

from collections.abc import Sequence

from libs.common.context import Context
from services.projects.registry import repository
from services.projects.registry.domain.records import Post
from services.projects.registry.tables import EnterpriseRow, PersonRow, UnitRow
from services.projects.search_index.domain.entry import Entry, EntryType
from services.projects.search_index.service import index_entries

# The posts as people look for them.
_POSTS = {
    Post.OFFICER: "经办人 officer",
    Post.LEADER: "领导 leader",
    Post.SUPERVISION_GROUP: "督导组 supervision group",
    Post.LEADING_GROUP: "领导小组 leading group",
}


def entry_of_enterprise(row: EnterpriseRow) -> Entry:
    return Entry(
        type=EntryType.ENTERPRISE,
        id=row.enterprise_id,
        title=row.name,
        code=row.credit_code,
        body=row.sector_code,
        path=f"/v1/enterprises/{row.credit_code}",
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        version=row.version,
    )


def entry_of_unit(row: UnitRow) -> Entry:
    return Entry(
        type=EntryType.UNIT,
        id=row.unit_id,
        title=row.name,
        code=row.code,
        path=f"/v1/units/{row.code}",
        region_code=row.region_code,
        version=row.version,
    )


def entry_of_person(row: PersonRow, unit: UnitRow) -> Entry:
    """Offices alone find people; their numbers and addresses are nothing to be found by."""
    return Entry(
        type=EntryType.PERSON,
        id=row.person_id,
        title=row.name,
        code=row.code,
        body=f"{unit.name} {_POSTS[Post(row.post)]}",
        path=f"/v1/persons/{row.code}",
        region_code=row.region_code,
        version=row.version,
        offices_only=True,
    )


async def index_enterprises(ctx: Context, rows: Sequence[EnterpriseRow]) -> None:
    await index_entries(ctx, [entry_of_enterprise(row) for row in rows])


async def index_people(ctx: Context, rows: Sequence[PersonRow]) -> None:
    units = await repository.by_keys(ctx.session, UnitRow, "unit_id", {row.unit_id for row in rows})
    known = {unit.unit_id: unit for unit in units if unit.deleted_at is None}
    await index_entries(ctx, [entry_of_person(row, known[row.unit_id]) for row in rows])


async def index_units(ctx: Context, rows: Sequence[UnitRow]) -> None:
    """The units, and their people, who are found by their names."""
    units = {row.unit_id: row for row in rows}
    people = await repository.people_of(ctx.session, units)
    entries = [entry_of_unit(row) for row in rows]
    await index_entries(ctx, [*entries, *(entry_of_person(person, units[person.unit_id]) for person in people)])
