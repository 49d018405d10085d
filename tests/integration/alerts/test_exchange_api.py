"""Alerts as other systems read them: CAP, the feed, the national form."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from lxml import etree
from sqlalchemy import text

from services.alerts.exchange.domain import atom, cap
from tests.support.alerts import COUNTY, OTHER_COUNTY, World, spike, spike_over

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parents[2] / "support" / "schemas" / "CAP-v1.2.xsd"))
CAP = {"cap": cap.NAMESPACE}
ATOM = {"atom": atom.NAMESPACE}


def document(answer: Any) -> etree._Element:
    assert answer.status_code == 200, answer.text
    return etree.fromstring(answer.content)


async def open_and_close(world: World) -> UUID:
    opened = spike(uuid4(), level=2)
    await world.handle(opened)
    await world.handle(spike(opened.meter_id, level=3, condition_id=opened.condition_id), 2)
    await world.handle(spike_over(opened), 3)
    found: UUID = await world.scalar("SELECT id FROM alert ORDER BY number DESC LIMIT 1")
    return found


async def test_each_version_of_an_alert_is_a_valid_message_that_refers_to_the_ones_before(world: World) -> None:
    alert_id = await open_and_close(world)
    async with world.client("officer") as client:
        path = f"/v1/alerts/{alert_id}/cap"
        first, second, last = [document(await client.get(path, params={"version": n})) for n in (1, 2, 3)]
        newest = document(await client.get(path))
        assert (await client.get(path, params={"version": 9})).json()["code"] == "exchange.message_not_found"
    for root in (first, second, last, newest):
        SCHEMA.assertValid(root)
    types = [root.findtext("cap:msgType", namespaces=CAP) for root in (first, second, last, newest)]
    assert types == ["Alert", "Update", "Cancel", "Cancel"]
    severities = [root.findtext("cap:info/cap:severity", namespaces=CAP) for root in (first, second)]
    assert severities == ["Severe", "Extreme"]
    references = (last.findtext("cap:references", namespaces=CAP) or "").split()
    assert [reference.split(",")[1] for reference in references] == [f"{alert_id}.1", f"{alert_id}.2"]
    # The words of a version are those it was sent with.
    assert first.findtext("cap:info/cap:description", namespaces=CAP) != ""
    assert first.findtext("cap:status", namespaces=CAP) == "Test"


async def test_unchanged_message_is_not_sent_again(world: World) -> None:
    alert_id = await open_and_close(world)
    async with world.client("officer") as client:
        answer = await client.get(f"/v1/alerts/{alert_id}/cap")
        for name, value in (
            ("If-None-Match", answer.headers["etag"]),
            ("If-Modified-Since", answer.headers["last-modified"]),
        ):
            again = await client.get(f"/v1/alerts/{alert_id}/cap", headers={name: value})
            assert (again.status_code, again.content) == (304, b"")
        for value in ("Tue, 01 Sep 2026 00:00:00 GMT", "nonsense"):
            later = await client.get(f"/v1/alerts/{alert_id}/cap", headers={"If-Modified-Since": value})
            assert later.status_code == 200


async def test_feed_shows_the_callers_messages_newest_first_and_goes_both_ways(world: World) -> None:
    for _ in range(3):
        await open_and_close(world)
    await world.handle(spike(uuid4()), region_code=OTHER_COUNTY)
    await world.place_events()
    async with world.client("officer") as client:
        answer = await client.get("/v1/exchange/atom", params={"limit": 4})
        page = document(answer)
        seen = []
        while True:
            entries = page.findall("atom:entry", ATOM)
            seen += [entry.findtext("atom:id", namespaces=ATOM) for entry in entries]
            links = {link.get("rel"): link.get("href") for link in page.iterfind("atom:link", ATOM)}
            if "next" not in links:
                break
            page = document(await client.get(links["next"]))
        assert len(seen) == len(set(seen)) == 9
        again = await client.get(
            "/v1/exchange/atom", params={"limit": 4}, headers={"If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304
        # What comes later is found by the link to newer messages, none missed.
        links = {link.get("rel"): link.get("href") for link in document(answer).iterfind("atom:link", ATOM)}
        newest = await open_and_close(world)
        await world.place_events()
        page = document(await client.get(links["previous"]))
        ids = [entry.findtext("atom:id", namespaces=ATOM) for entry in page.findall("atom:entry", ATOM)]
        assert ids == [f"urn:duban:alert:{newest}.{version}" for version in (3, 2, 1)]
        link = page.find("atom:entry/atom:link", ATOM)
        assert link is not None
        SCHEMA.assertValid(document(await client.get(link.get("href") or "")))
    async with world.client("stranger") as client:
        page = document(await client.get("/v1/exchange/atom"))
        assert len(page.findall("atom:entry", ATOM)) == 1


async def test_alert_whose_versions_are_forgotten_is_still_a_message_of_its_own(world: World) -> None:
    alert_id = await open_and_close(world)
    async with world.database.transaction() as session:
        await session.execute(text("DELETE FROM outbox"))
    async with world.client("officer") as client:
        root = document(await client.get(f"/v1/alerts/{alert_id}/cap"))
    SCHEMA.assertValid(root)
    assert root.findtext("cap:identifier", namespaces=CAP) == f"{alert_id}.3"
    assert root.findtext("cap:msgType", namespaces=CAP) == "Cancel"
    assert f"{alert_id}.1" in (root.findtext("cap:references", namespaces=CAP) or "")


async def test_reader_of_the_feed_is_told_when_what_it_asks_for_is_forgotten(world: World) -> None:
    await open_and_close(world)
    await world.place_events()
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE outbox SET position = position + 100"))
    async with world.client("officer") as client:
        assert (await client.get("/v1/exchange/atom", params={"after": 5})).status_code == 410


async def test_national_form_needs_its_sender_and_gives_each_message_one_identifier(world: World) -> None:
    alert_id = await open_and_close(world)
    path = f"/v1/alerts/{alert_id}/national-xml"
    profile = {
        "cap_sender": "jxj@tongshan.example",
        "sender_name_zh": "通山县经济和信息化局",
        "sender_name_en": "Office",
    }
    async with world.client("supervisor") as client, world.client("admin") as admin:
        assert (await client.get(path)).json()["code"] == "exchange.sender_code_missing"
        wrong = await admin.put(
            f"/v1/exchange/profiles/{COUNTY}", json={**profile, "sender_code": "34150200500000"}
        )
        assert wrong.json()["code"] == "exchange.sender_code_misplaced"
        answer = await admin.put(
            f"/v1/exchange/profiles/{COUNTY}", json={**profile, "sender_code": "42122400500000"}
        )
        assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
        kind = {"event_code": "21A01", "name_zh": "用电异常预警", "name_en": "Anomaly"}
        assert (await admin.put("/v1/exchange/event-kinds/spike", json=kind)).status_code == 200
        made = await client.get(path)
        root = document(made)
        identifier = root.findtext("identifier")
        assert identifier == "42122400500000_20260915083000_1"
        assert root.findtext("references") == "42122400500000_20260915083000_0"
        assert root.findtext("msgType") == "Cancel"
        assert (
            'filename="42122400500000_20260915083000_21A01_RED_CANCEL.xml"' in made.headers["content-disposition"]
        )
        assert document(await client.get(path)).findtext("identifier") == identifier
        assert document(await client.get(path, params={"version": 1})).findtext("identifier", "").endswith("_0")
        # Ten a second have a place; the eleventh is given the next second.
        for _ in range(5):
            other = await open_and_close(world)
            last = document(await client.get(f"/v1/alerts/{other}/national-xml")).findtext("identifier")
        assert last == "42122400500000_20260915083001_1"
    async with world.client("officer") as officer:
        assert (await officer.get(path)).status_code == 403


async def test_senders_and_kinds_are_kept_by_administrators_with_their_version(world: World) -> None:
    profile = {"cap_sender": "a@b.example", "sender_name_zh": "局", "sender_name_en": "o", "status": "Exercise"}
    async with world.client("admin") as admin:
        listed = (await admin.get("/v1/exchange/profiles")).json()["items"]
        assert [each["region_code"] for each in listed] == [""]
        stale = await admin.put("/v1/exchange/profiles/default", json=profile, headers={"If-Match": '"9"'})
        assert stale.status_code == 412
        kept = await admin.put("/v1/exchange/profiles/default", json=profile, headers={"If-Match": '"1"'})
        assert kept.json()["version"] == 2
        bad = await admin.put("/v1/exchange/profiles/default", json={**profile, "cap_sender": "with blank, comma"})
        assert bad.status_code == 422
        assert (await admin.get("/v1/exchange/event-kinds")).json()["items"][0]["condition_kind"] == ""
    async with world.client("supervisor") as client:
        assert (await client.put("/v1/exchange/profiles/default", json=profile)).status_code == 403
    alert_id = await open_and_close(world)
    async with world.client("officer") as client:
        root = document(await client.get(f"/v1/alerts/{alert_id}/cap"))
        assert root.findtext("cap:status", namespaces=CAP) == "Exercise"
    async with world.client("stranger") as client:
        assert (await client.get(f"/v1/alerts/{alert_id}/cap")).status_code == 404
