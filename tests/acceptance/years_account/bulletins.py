"""Four bulletins: a month of the county, a half-year of the town, a quarter and the year of the city.

Each is generated, edited, reviewed, numbered and sent; every figure it froze is worked out from the rows, and
every sentence and table of what was printed is put together once more from those figures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.notices import (
    Addressed,
    NoticeCompletedV1,
    NoticeReceiptedV1,
    NoticeSentV1,
    NoticeState,
    ReceiptState,
)
from libs.common.contracts.projects.bulletins import BulletinPublishedV1
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.bulletins.handlers import on_notice_completed, on_notice_receipted, on_notice_sent
from tests.acceptance.years_account import playing, printed, raw
from tests.acceptance.years_account.expected import Expected, expect
from tests.acceptance.years_account.said import words
from tests.acceptance.years_account.tables import charts_of, tables_of

if TYPE_CHECKING:
    from tests.acceptance.years_account.playing import Played

TOPIC = "projects.bulletin.v1"
_LATER = "总体看，"


class Paper(NamedTuple):
    kind: str
    number: int
    region: str


# What is published after the quarter of this number.
PAPERS = {
    1: Paper("month", 3, raw.COUNTY),
    2: Paper("half_year", 1, raw.NEW_TOWN),
    3: Paper("quarter", 3, raw.CITY),
    4: Paper("year", 1, raw.CITY),
}


async def check(year: Played, quarter: int) -> None:
    """Publish the quarter's paper; where its figures were corrected since, its next edition."""
    paper = PAPERS[quarter]
    known = year.papers.get(quarter)
    if known is None:
        asked = {"region_code": paper.region, "kind": paper.kind, "year": raw.YEAR, "number": paper.number}
        draft = await year.post("/v1/bulletins", asked, by=playing.ENTERS)
        await _edit(year, draft)
    else:
        made = await year.post(f"{known[0]}/corrections", {"reason": "9月数据更正（演示）"}, by=playing.ENTERS)
        draft = made["bulletin"]
        assert (draft["edition"], made["lost"]) == (2, [])
    path = f"/v1/bulletins/{draft['id']}"
    await year.post(f"{path}/reviews", {"passed": True}, by=playing.REVIEWS)
    bulletin = await year.post(f"{path}/publications", {}, by=playing.LEADS)
    printed_in = year.office.clock.now().year
    year.numbered[printed_in] += 1
    assert bulletin["document_number"] == f"工经通报〔{printed_in}〕{year.numbered[printed_in]}号"
    ours = await expect(year, paper.kind, paper.number, paper.region, quarter)
    figures = await _figures(year, path)
    _same_figures(figures, ours)
    files = {
        name: (await year.office.call("GET", f"{path}/files/{name}", params={"language": "zh-CN"})).content
        for name in ("docx", "html", "pdf")
    }
    _check_printed(bulletin, figures, ours, files)
    if known is not None:
        await _check_correction(year, bulletin, ours, known)
    year.papers[quarter] = (path, files, ours)
    await _check_event(year, bulletin)
    if quarter == 4:
        await _check_receipts(year, path)


async def check_kept(year: Played) -> None:
    """In the end the papers are the bytes that were published, and nobody writes in them."""
    for path, files, _ in year.papers.values():
        for name, content in files.items():
            assert (await year.office.call("GET", f"{path}/files/{name}")).content == content
        text = {"text_zh": "好。", "text_en": "Good."}
        address = f"{path}/blocks/economy.total"
        headers = {"If-Match": '"1"'}
        await year.office.refused("PATCH", address, text, status=409, code="bulletin.frozen", headers=headers)


async def _edit(year: Played, draft: dict[str, Any]) -> None:
    """The first sentence is written by somebody; a number in it is refused, a reference is not."""
    first = next(one for one in draft["sections"][0]["blocks"] if one["kind"] == "paragraph")
    path = f"/v1/bulletins/{draft['id']}/blocks/{first['id']}"
    headers = {"If-Match": f'"{draft["version"]}"'}
    forged = {"text_zh": "增长99%。", "text_en": first["text_en"]}
    await year.office.refused(
        "PATCH", path, forged, by=playing.ENTERS, status=422, code="bulletin.text_refused", headers=headers
    )
    text = {"text_zh": _LATER + first["text_zh"], "text_en": first["text_en"]}
    await year.office.done("PATCH", path, text, by=playing.ENTERS, headers=headers)


async def _figures(year: Played, path: str) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in (await year.get(f"{path}/figures", limit=1000))["items"]}


def _same_figures(figures: dict[str, dict[str, Any]], ours: Expected) -> None:
    """Names are the registry's; all else is worked out, whether it is printed or not."""
    for key, shown in figures.items():
        if shown["shape"] == "text":
            continue
        value = ours.value(key)
        assert ours.near(shown["value"], value), (key, shown["value"], value)
        assert (shown["reason"] is None) == (value is not None), key


def _check_printed(
    bulletin: dict[str, Any], figures: dict[str, dict[str, Any]], ours: Expected, files: dict[str, bytes]
) -> None:
    word, page, text = printed.word(files["docx"]), printed.page(files["html"]), printed.pdf(files["pdf"])
    names = {key: one["reads_zh"] for key, one in figures.items() if one["shape"] == "text"}
    tables = tables_of(ours, names)
    printed.same_tables(word.tables, tables)
    printed.same_tables(page.tables, tables)
    printed.says_all(text, tables)
    printed.draws_all(page.charts, charts_of(ours, names))
    paragraphs = [
        one for section in bulletin["sections"] for one in section["blocks"] if one["kind"] == "paragraph"
    ]
    sentences = [_said(one["text_zh"], figures, ours, names) for one in paragraphs]
    assert sentences == [one["reads_zh"] for one in paragraphs]
    assert sentences[0].startswith(_LATER)
    for said in (*sentences, bulletin["document_number"], bulletin["title_zh"]):
        for shown in (word.text, page.text, text):
            assert printed.bare(said) in shown, said
    assert "草稿" not in text


def _said(text: str, figures: dict[str, dict[str, Any]], ours: Expected, names: dict[str, str]) -> str:
    """The sentence with our own figures in our own words; outside of references it has no digit."""
    assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", text)), text

    def put(found: re.Match[str]) -> str:
        key = found.group(1)
        return names[key] if key in names else words(ours, key, figures[key]["shape"])

    return re.sub(r"\{([^}]*)\}", put, text)


async def _check_correction(
    year: Played, bulletin: dict[str, Any], ours: Expected, known: tuple[str, dict[str, bytes], Expected]
) -> None:
    """The next edition says what it says differently; the one before is as it was, and names who replaced it."""
    path, files, before = known
    old, new = (printed.number(one.value("economy.output_value.total"), 2, 10_000) for one in (before, ours))
    assert old != new
    told = f"主要经济指标完成情况：工业总产值累计：“{old}”更正为“{new}”"
    assert told in [one["zh"] for one in bulletin["changes"]]
    assert (await year.get(path))["superseded_by_id"] == bulletin["id"]
    for name, content in files.items():
        assert (await year.office.call("GET", f"{path}/files/{name}")).content == content


async def _check_event(year: Played, bulletin: dict[str, Any]) -> None:
    (event,) = await year.office.events(TOPIC, bulletin["id"])
    told = BulletinPublishedV1.model_validate_json(event.payload or b"")
    assert {(one.format, one.language, one.sha256) for one in told.files} == {
        (one["format"], one["language"], one["sha256"]) for one in bulletin["files"]
    }
    assert [one.region_code for one in told.recipients] == [bulletin["region_code"]]
    assert told.confirm_by.isoformat()[:10] == bulletin["confirm_by"][:10]


async def _check_receipts(year: Played, path: str) -> None:
    """What the alerts service tells of its notice becomes the proof: two of three confirm, then all."""
    people = [UUID(one) for one in year.persons.values()]
    receipts = [uuid4() for _ in people]
    facts: dict[str, Any] = {
        "notice_id": uuid4(),
        "source_type": "bulletin",
        "source_id": path.rpartition("/")[2],
        "title_zh": "年度通报（演示）",
        "title_en": "bulletin of the year (demo)",
        "recipients": len(people),
        "needs_confirmation": True,
        "confirm_by": year.office.clock.now(),
    }
    sent = tuple(
        Addressed(receipt_id=receipt, person_id=one) for receipt, one in zip(receipts, people, strict=True)
    )
    await _tell(year, on_notice_sent, NoticeSentV1(**facts, addressed=sent), 1)
    for place, (receipt, person) in enumerate(zip(receipts, people, strict=True)):
        at = {"receipt_id": receipt, "person_id": person, "by": "link", "at": year.office.clock.now()}
        confirmed = NoticeReceiptedV1(**facts, **at, state=ReceiptState.CONFIRMED)
        await _tell(year, on_notice_receipted, confirmed, place + 2)
        summary = await year.get(f"{path}/receipt-summary")
        share = printed.number(Decimal((place + 1) * 100) / len(people), 1)
        assert (summary["recipients"], summary["confirmed"], summary["confirmed_percent"]) == (
            len(people),
            place + 1,
            share,
        )
    await _tell(year, on_notice_completed, NoticeCompletedV1(**facts), len(people) + 2)
    found = (await year.get(f"{path}/receipts"))["items"]
    assert {one["person_id"] for one in found if one["confirmed_at"]} == set(year.persons.values())
    assert (await year.get(f"{path}/receipt-summary"))["notices"][0]["status"] == "completed"


async def _tell(year: Played, handler: Callable[..., Any], payload: NoticeState, version: int) -> None:
    event = Event(
        id=uuid4(),
        type=payload.event_type,
        source="/alerts",
        subject=str(payload.notice_id),
        time=year.office.clock.now(),
        aggregate_version=version,
        region_code=raw.CITY,
        payload=payload,
    )
    async with year.office.database.transaction() as session:
        await handler(Context(session, year.office.clock.now(), new_id, SYSTEM), event)
