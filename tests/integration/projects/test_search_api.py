"""The search over REST: substrings of Chinese, scope, paging, and an index that follows every change."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import text

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.search.service.indexing import fill_empty_index

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

WIND = {"name": "九宫山风力电场一期", "summary": "建设风机16台，总装机13.6兆瓦，110千伏送出线路。"}
CREDIT_CODE = "91350100M000100Y43"


async def found(office: Office, q: str, *, by: str = "admin", **more: Any) -> list[str]:
    page = await office.done("GET", "/v1/search", params={"q": q, **more}, by=by)
    return [hit["title"] for hit in page["items"]]


async def county(office: Office) -> None:
    await office.register("2025-421224-44-03-000001", **WIND)
    await office.register("P-2", name="百万吨旋窑水泥", summary="九宫山镇，配套余热发电", region_code="421224")
    await office.register("P-3", name="嘉鱼县风电叶片厂", region_code="421221")


PARTS: list[tuple[str, list[str]]] = [
    ("宫山风", ["九宫山风力电场一期"]),
    ("风电", ["嘉鱼县风电叶片厂"]),
    ("风", ["嘉鱼县风电叶片厂", "九宫山风力电场一期"]),
    ("九宫山", ["九宫山风力电场一期", "百万吨旋窑水泥"]),
    ("九宫山 余热", ["百万吨旋窑水泥"]),
    ("宫九", []),
    ("山力", []),
    ("110千伏", ["九宫山风力电场一期"]),
    ("千伏送出", ["九宫山风力电场一期"]),
    ("2025-421224", ["九宫山风力电场一期"]),
    ("p-2", ["百万吨旋窑水泥"]),
    ("Ｐ－２", ["百万吨旋窑水泥"]),
    ("'; DROP TABLE project; --", []),
    ("九宫山 & | ! <-> :* \\", ["九宫山风力电场一期", "百万吨旋窑水泥"]),
]


async def test_any_part_of_a_chinese_text_is_found(office: Office) -> None:
    await county(office)
    for q, titles in PARTS:
        assert await found(office, q) == titles, q


async def test_what_is_called_so_stands_before_what_speaks_of_it(office: Office) -> None:
    await office.register("P-1", name="水泥")
    await office.register("P-2", name="旋窑水泥二期")
    await office.register("P-3", name="码头", summary="运输水泥")
    hits = (await office.done("GET", "/v1/search", params={"q": "水泥"}))["items"]
    assert [(hit["title"], hit["tier"]) for hit in hits] == [("水泥", 0), ("旋窑水泥二期", 1), ("码头", 2)]
    assert hits[1]["title_parts"] == [
        {"text": "旋窑", "hit": False},
        {"text": "水泥", "hit": True},
        {"text": "二期", "hit": False},
    ]
    assert hits[2]["snippet_parts"] == [{"text": "运输", "hit": False}, {"text": "水泥", "hit": True}]
    assert (await office.done("GET", hits[0]["path"]))["name"] == "水泥"


async def test_query_that_finds_nothing_in_principle_is_refused(office: Office) -> None:
    for q in ("!!!", "   ", '"', "x" * 201, "", "a\x00b", " ".join("abcdefghijk")):
        path = f"/v1/search?q={quote(q)}"
        problem = await office.refused("GET", path, status=422, code="request.malformed")
        assert [error["parameter"] for error in problem["errors"]] == ["q"]


async def test_unknown_types_regions_and_cursors_are_refused(office: Office) -> None:
    for more in ({"types": "project,planet"}, {"region_code": "42"}, {"cursor": "WzEsMl0"}):
        await office.refused("GET", "/v1/search", params={"q": "水"} | more, status=422, code="request.malformed")


async def test_pages_go_on_through_all_kinds_of_hits(office: Office) -> None:
    for number in range(3):
        await office.register(f"T-{number}", name=f"风电{number}")
    for number in range(3):
        await office.register(f"B-{number}", name=f"其他{number}", summary="风电配套")
    await office.register("N", name="风电")
    seen: list[str] = []
    path: str = "/v1/search?q=%E9%A3%8E%E7%94%B5&limit=2"
    while path:
        answer = await office.call("GET", path)
        seen += [hit["title"] for hit in answer.json()["items"]]
        link = answer.headers.get("link")
        path = link[1 : link.index(">")] if link else ""
    assert seen == ["风电", "风电2", "风电1", "风电0", "其他2", "其他1", "其他0"]
    cursor = (await office.done("GET", "/v1/search", params={"q": "风电", "limit": 1}))["next_cursor"]
    await office.refused(
        "GET", "/v1/search", params={"q": "水泥", "cursor": cursor}, status=422, code="request.malformed"
    )


async def test_index_follows_every_change(office: Office) -> None:
    path = await office.register("P-1", name="空心面厂")
    answer = await office.call("PATCH", path, {"name": "化纤厂"}, headers={"If-Match": '"1"'})
    assert answer.is_success
    assert await found(office, "空心面") == []
    assert await found(office, "化纤") == ["化纤厂"]
    await office.refused("PATCH", path, {"name": "面"}, status=412, code="precondition.failed",
                         headers={"If-Match": '"1"'})  # fmt: skip
    assert await found(office, "化纤") == ["化纤厂"]


async def test_registry_is_found_and_forgotten(office: Office) -> None:
    company = {"name": "羚锐制药（演示）", "region_code": "421224101", "sector_code": "2740"}
    await office.done("PUT", f"/v1/enterprises/{CREDIT_CODE}", company)
    unit = await office.done(
        "POST", "/v1/units", {"code": "U-1", "name": "工业经济办公室", "region_code": "421224"}
    )
    person = {
        "name": "陈建国（演示）",
        "unit_id": unit["id"],
        "region_code": "421224",
        "post": "supervision_group",
    }
    await office.done("PUT", "/v1/persons/S-7", person)
    assert await found(office, "锐制") == ["羚锐制药（演示）"]
    assert await found(office, CREDIT_CODE.lower()) == ["羚锐制药（演示）"]
    assert await found(office, "督导组") == ["陈建国（演示）"]
    assert await found(office, "工业经济", types="person") == ["陈建国（演示）"]
    await office.done("PUT", "/v1/units/U-1", {"name": "经济和信息化局", "region_code": "421224"})
    assert await found(office, "工业经济") == []
    assert await found(office, "信息化 督导", types="person,unit") == ["陈建国（演示）"]
    await office.done("DELETE", "/v1/persons/S-7")
    assert await found(office, "建国") == []
    await office.done("DELETE", f"/v1/enterprises/{CREDIT_CODE}")
    assert await found(office, "羚锐") == []


async def test_callers_find_what_they_may_see(office: Office) -> None:
    await county(office)
    company = {"name": "风电公司（演示）", "region_code": "421224101", "sector_code": "2740"}
    enterprise = await office.done("PUT", f"/v1/enterprises/{CREDIT_CODE}", company)
    unit = await office.done("POST", "/v1/units", {"code": "U-1", "name": "风电办", "region_code": "421224"})
    person = {"name": "风电专员（演示）", "unit_id": unit["id"], "region_code": "421224", "post": "officer"}
    await office.done("PUT", "/v1/persons/S-7", person)
    own = await office.register("P-9", name="本企业风电", enterprise_id=enterprise["id"])
    await office.staff("officer", "officer", "421224")
    await office.staff("neighbour", "officer", "421221")
    await office.staff("company", "enterprise", "421224", enterprise_id=enterprise["id"])
    assert await found(office, "风电", by="officer") == [
        "本企业风电", "风电专员（演示）", "风电办", "风电公司（演示）",
    ]  # fmt: skip
    assert await found(office, "风电", by="neighbour") == ["嘉鱼县风电叶片厂"]
    assert await found(office, "风电", by="company") == ["本企业风电", "风电公司（演示）"]
    assert await found(office, "风电", region_code="421221") == ["嘉鱼县风电叶片厂"]
    assert await found(office, "风电", by="neighbour", region_code="421224") == []
    answer = await office.call("GET", "/v1/search", params={"q": "风电"}, by="")
    assert answer.status_code == 401
    assert (await office.done("GET", own, by="company"))["name"] == "本企业风电"


async def test_problems_are_found_as_they_are_told_and_handled(office: Office) -> None:
    company = {"name": "电力公司（演示）", "region_code": "421224101", "sector_code": "2740"}
    enterprise = await office.done("PUT", f"/v1/enterprises/{CREDIT_CODE}", company)
    await office.staff("company", "enterprise", "421224101", enterprise_id=enterprise["id"])
    await office.staff("neighbour", "officer", "421221")
    unit = await office.done("PUT", "/v1/units/ZRZY", {"name": "自然资源局", "region_code": "421224"})
    path = await office.register("P-1", enterprise_id=enterprise["id"])
    body = {
        "title": "升压站用地未落实",
        "description": "尚缺12亩，林地调整待批",
        "category": "land",
        "working_days": 5,
        "owner_unit_id": unit["unit_id"],
    }
    problem = await office.done("POST", f"{path}/problems", body)
    for q in ("用地未落", "林地调整", "P-1#1"):
        assert await found(office, q, types="problem") == ["升压站用地未落实"], q
        assert await found(office, q, types="problem", by="company") == ["升压站用地未落实"]
        assert await found(office, q, types="problem", by="neighbour") == []
    address = f"/v1/problems/{problem['id']}"
    await office.done("PATCH", address, {"title": "升压站林地未批"}, headers={"If-Match": "*"})
    await office.done("POST", f"{address}/resolution", {"resolution": "省厅批复占补平衡"})
    assert await found(office, "用地未落") == []
    (hit,) = (await office.done("GET", "/v1/search", params={"q": "占补平衡"}))["items"]
    assert (hit["type"], hit["path"], hit["project_id"]) == ("problem", address, path.rpartition("/")[2])
    # Who has the project now sees its problem; who had it does no more.
    await office.done("PATCH", path, {"enterprise_id": None}, headers={"If-Match": "*"})
    assert await found(office, "占补平衡", by="company") == []
    await rebuilt(office, "problem", "占补平衡", "升压站林地未批")


async def test_minutes_are_found_by_the_offices_they_concern(office: Office) -> None:
    company = {"name": "电力公司（演示）", "region_code": "421224101", "sector_code": "2740"}
    enterprise = await office.done("PUT", f"/v1/enterprises/{CREDIT_CODE}", company)
    await office.staff("company", "enterprise", "421224101", enterprise_id=enterprise["id"])
    for name, region in (("town", "421224101"), ("county", "421224"), ("neighbour", "421221")):
        await office.staff(name, "officer", region)
    project = (await office.register(enterprise_id=enterprise["id"])).rpartition("/")[2]
    body = {
        "kind": "on_site",
        "title": "九宫山风电现场办公会",
        "region_code": "421224",
        "planned_on": "2026-09-15",
        "items": [{"topic": "送出线路走廊", "project_id": project}],
    }
    path = f"/v1/meetings/{(await office.done('POST', '/v1/meetings', body))['id']}"
    await office.done("POST", f"{path}/holding", {"on": "2026-09-15"})
    first = {"text": "会议要求月底前交地。", "document_no": "通政阅〔2026〕12号"}
    await office.done("POST", f"{path}/minutes", first)
    for q in ("现场办公", "线路走廊", "月底前交地", "通政阅〔2026〕12号"):
        assert await found(office, q, types="meeting") == ["九宫山风电现场办公会"], q
    await office.done("POST", f"{path}/minutes", {"text": "会议要求十日内交地。", "reason": "期限有误"})
    unit = await office.done("PUT", "/v1/units/ZRZY", {"name": "自然资源局", "region_code": "421224"})
    action = {"title": "a", "owner_unit_id": unit["unit_id"], "working_days": 3}
    await office.done("POST", f"{path}/decisions", {"text": "成立征地专班", "actions": [action]})
    assert await found(office, "月底前交地") == []
    for q in ("十日内", "征地专班"):
        for who, titles in (("town", 1), ("county", 1), ("neighbour", 0), ("company", 0)):
            assert len(await found(office, q, by=who)) == titles, (q, who)
    await rebuilt(office, "meeting", "征地专班", "九宫山风电现场办公会", by="town")


async def test_leads_are_found_by_offices_alone(office: Office) -> None:
    await office.staff("county", "officer", "421224")
    await office.staff("neighbour", "officer", "421221")
    body = {
        "code": "L-1",
        "name": "光伏支架生产线",
        "region_code": "421224",
        "channel": "merchant",
        "contacted_on": "2026-08-01",
        "summary": "浙江客商考察冶金园",
    }
    lead = await office.done("POST", "/v1/leads", body)
    visit = {"on": "2026-08-20", "content": "call", "next_step": "邀请来访签意向", "next_on": "2026-08-31"}
    await office.done("POST", f"/v1/leads/{lead['id']}/follow-ups", visit)
    for q in ("支架生产", "浙江客商", "签意向", "l-1"):
        assert await found(office, q, by="county") == ["光伏支架生产线"], q
        assert await found(office, q, by="neighbour") == []
    await rebuilt(office, "lead", "签意向", "光伏支架生产线")


async def rebuilt(office: Office, type_: str, q: str, title: str, *, by: str = "admin") -> None:
    """The one thing of a type, lost from the index, is there again after a rebuild, and as its writes left it."""
    assert await office.done("POST", "/v1/search-rebuilds", {"types": [type_]}) == {
        "seen": 1,
        "written": 0,
        "removed": 0,
    }
    async with office.database.transaction() as session:
        await session.execute(text("DELETE FROM search_entry WHERE type = :type"), {"type": type_})
    assert (await office.done("POST", "/v1/search-rebuilds", {"types": [type_]}))["written"] == 1
    assert await found(office, q, by=by) == [title]


async def test_rebuild_puts_right_what_differs_and_only_that(office: Office) -> None:
    await county(office)
    async with office.database.transaction() as session:
        await session.execute(text("DELETE FROM search_entry WHERE code = 'P-2'"))
        await session.execute(
            text("UPDATE search_entry SET title = 'x', heading_terms = '', terms = '' WHERE code = 'P-3'")
        )
        await session.execute(
            text(
                "UPDATE search_entry SET id = gen_random_uuid(), code = 'gone' WHERE code = 'P-2' OR title = '湖'"
            )
        )
    outcome = await office.done("POST", "/v1/search-rebuilds", {"types": ["project"]})
    assert outcome == {"seen": 3, "written": 2, "removed": 0}
    assert await found(office, "水泥") == ["百万吨旋窑水泥"]
    assert await found(office, "叶片") == ["嘉鱼县风电叶片厂"]
    async with office.database.transaction() as session:
        await session.execute(text("UPDATE search_entry SET id = gen_random_uuid() WHERE code = 'P-3'"))
    assert await office.done("POST", "/v1/search-rebuilds", {}) == {"seen": 3, "written": 1, "removed": 1}
    assert await office.done("POST", "/v1/search-rebuilds", {"anew": True}) == {
        "seen": 3,
        "written": 3,
        "removed": 0,
    }
    await office.staff("officer", "officer", "421224")
    await office.refused("POST", "/v1/search-rebuilds", {}, by="officer", status=403, code="forbidden")


async def test_stock_of_an_earlier_release_is_indexed_once(office: Office) -> None:
    await county(office)
    async with office.database.transaction() as session:
        await session.execute(text("DELETE FROM search_entry"))
        ctx = Context(session, office.clock.now(), new_id, SYSTEM)
        assert (await fill_empty_index(ctx)).written == 3
        assert (await fill_empty_index(ctx)).seen == 0
    assert await found(office, "水泥") == ["百万吨旋窑水泥"]


FILTER: dict[str, Any] = {
    "name": "本县签约项目",
    "entity": "projects",
    "query": "filter[stage][eq]=signed&filter[region_code][within]=421224&sort=-signed_on&fields=id,name",
}


async def test_saved_filter_lives_with_its_owner(office: Office) -> None:
    await office.staff("officer", "officer", "421224")
    saved = await office.done("POST", "/v1/saved-filters", FILTER, by="officer")
    assert saved["path"] == f"/v1/projects?{FILTER['query']}"
    assert await office.done("GET", saved["path"], by="officer") == {"items": [], "next_cursor": None}
    path = f"/v1/saved-filters/{saved['id']}"
    await office.refused("GET", path, status=404, code="not_found")
    assert (await office.done("GET", "/v1/saved-filters"))["items"] == []
    await office.refused("POST", "/v1/saved-filters", FILTER, by="officer", status=409, code="saved_filter.exists")
    await office.refused("PATCH", path, {"name": "n"}, by="officer", status=428, code="precondition.required")
    changed = await office.done("PATCH", path, {"name": "签约"}, by="officer", headers={"If-Match": '"1"'})
    assert (changed["name"], changed["query"], changed["version"]) == ("签约", FILTER["query"], 2)
    await office.refused("PATCH", path, {"name": "n"}, by="officer", status=412, code="precondition.failed",
                         headers={"If-Match": '"1"'})  # fmt: skip
    await office.done("DELETE", path, by="officer")
    await office.refused("GET", path, by="officer", status=404, code="not_found")


async def test_saved_filter_is_shared_with_a_region(office: Office) -> None:
    for name, role, region in (
        ("chief", "supervisor", "421224"), ("town", "officer", "421224101"),
        ("city", "supervisor", "421200"), ("neighbour", "officer", "421221"),
    ):  # fmt: skip
        await office.staff(name, role, region)
    body = FILTER | {"visibility": "region", "region_code": "421224"}
    saved = await office.done("POST", "/v1/saved-filters", body, by="chief")
    path = f"/v1/saved-filters/{saved['id']}"
    for name, seen in (("chief", 1), ("town", 1), ("city", 1), ("admin", 1), ("neighbour", 0)):
        page = await office.done("GET", "/v1/saved-filters", by=name)
        assert len(page["items"]) == seen, name
    await office.refused("DELETE", path, by="town", status=403, code="saved_filter.not_own")
    await office.refused("DELETE", path, by="neighbour", status=404, code="not_found")
    for elsewhere, status in ((None, 409), ("421221", 404)):
        body = FILTER | {"name": "n", "visibility": "region", "region_code": elsewhere}
        answer = await office.call("POST", "/v1/saved-filters", body, by="chief")
        assert answer.status_code == status
    away = {"visibility": "private", "region_code": None}
    await office.done("PATCH", path, away, by="admin", headers={"If-Match": '"1"'})
    assert (await office.done("GET", "/v1/saved-filters", by="town"))["items"] == []


FAULTS = {
    "filter[planet][eq]=1": "field.filter_unknown",
    "filter[stage][like]=x": "field.operator_unknown",
    "filter[signed_on][gte]=2026-02-30": "field.date_from_datetime_parsing",
    "sort=colour": "field.sort_unknown",
    "fields=colour": "field.fields_unknown",
    "limit=5": "saved_filter.parameter_unknown",
    "just words": "saved_filter.query_unreadable",
}


async def test_saved_filter_holds_only_what_its_list_understands(office: Office) -> None:
    for query, fault in FAULTS.items():
        body = FILTER | {"query": query}
        problem = await office.refused("POST", "/v1/saved-filters", body, status=422, code="request.malformed")
        assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/query", fault)]


async def test_same_name_is_kept_once_when_saved_twice_at_once(office: Office) -> None:
    answers = await asyncio.gather(*(office.call("POST", "/v1/saved-filters", FILTER) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
