from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from libs.common.contracts import projects
from libs.common.database import Database
from libs.common.regions import InvalidRegionCode
from libs.common.registry import queries

Record = Callable[..., Awaitable[None]]
UNIT, OTHER_UNIT = uuid4(), uuid4()


async def _person(
    record: Record, name: str, region: str, post: str, unit: UUID = OTHER_UNIT, **facts: object
) -> UUID:
    person_id = uuid4()
    payload = {"person_id": person_id, "name": name, "unit_id": unit, "region_code": region, "post": post}
    await record(projects.PersonRecordedV1.model_validate(payload | facts))
    return person_id


async def _with_post(database: Database, region: str, post: str) -> list[str]:
    async with database.session() as session:
        return [person.name for person in await queries.persons_with_post(session, region, post)]


async def _of_unit(database: Database, unit: UUID | None, region: str, post: str | None = None) -> list[str]:
    async with database.session() as session:
        return [person.name for person in await queries.persons_of_unit(session, unit, region, post)]


@pytest.fixture(autouse=True)
async def people(record: Record) -> None:
    await record(projects.RegionRecordedV1(code="421200", name="city", default_post="leader"))
    await record(projects.RegionRecordedV1(code="421224", name="county"))
    await record(projects.UnitRecordedV1(unit_id=UNIT, code="jxj", name="office", region_code="421224"))
    await _person(record, "county officer", "421224", "officer")
    await _person(record, "unit officer", "421224", "officer", UNIT)
    await _person(record, "unit leader", "421224", "leader", UNIT)
    await _person(record, "city leader", "421200", "leader")
    await _person(record, "city group", "421200", "supervision_group")
    await _person(record, "province group", "420000", "supervision_group")
    await _person(record, "neighbour", "421223", "leading_group")
    await _person(record, "retired", "421224101", "officer", active=False)


@pytest.mark.parametrize(
    ("region", "post", "names"),
    [
        ("421224", "officer", ["county officer", "unit officer"]),
        ("421224101", "officer", ["county officer", "unit officer"]),
        ("421224", "supervision_group", ["city group"]),
        ("421224101", "supervision_group", ["city group"]),
        ("420000", "supervision_group", ["province group"]),
        ("421224", "leading_group", []),
        ("421200", "officer", []),
    ],
)
async def test_the_nearest_region_answers_when_a_post_is_asked_for(
    database: Database, region: str, post: str, names: list[str]
) -> None:
    assert await _with_post(database, region, post) == names


@pytest.mark.parametrize(
    ("unit", "region", "post", "names"),
    [
        (UNIT, "421224", "leader", ["unit leader"]),
        (UNIT, "421224", None, ["unit leader", "unit officer"]),
        # A known unit where nobody holds the post: the region's holders.
        (UNIT, "421224", "supervision_group", ["city group"]),
        # Unknown or no unit: the region's default post, its own or the nearest above.
        (uuid4(), "421224", None, ["county officer", "unit officer"]),
        (None, "421224101", None, ["county officer", "unit officer"]),
        (None, "421223", None, ["city leader"]),
        (None, "421224", "leader", ["unit leader"]),
        (None, "110000", None, []),
    ],
)
async def test_somebody_is_found_when_the_unit_is_unknown(
    database: Database, unit: UUID | None, region: str, post: str | None, names: list[str]
) -> None:
    assert await _of_unit(database, unit, region, post) == names


async def test_a_deleted_units_people_are_passed_over_when_it_is_asked_for(
    database: Database, bury: Record
) -> None:
    await bury(projects.UNIT, UNIT, 2)
    assert await _of_unit(database, UNIT, "421224", "supervision_group") == ["city group"]
    assert await _of_unit(database, UNIT, "421224") == ["county officer", "unit officer"]


async def test_a_person_is_found_by_id_only_when_active(database: Database, record: Record) -> None:
    active = await _person(record, "new", "421224", "officer", email="new@example.org", phone="13800000000")
    inactive = await _person(record, "gone", "421224", "officer", active=False)
    async with database.session() as session:
        found = await queries.person_by_id(session, active)
        assert found is not None
        assert (found.name, found.email, found.phone) == ("new", "new@example.org", "13800000000")
        assert await queries.person_by_id(session, inactive) is None
        assert await queries.person_by_id(session, uuid4()) is None


async def test_a_malformed_region_is_an_error_when_people_are_asked_for(database: Database) -> None:
    with pytest.raises(InvalidRegionCode):
        await _with_post(database, "%", "officer")
