"""The record under attack: whatever is changed in the database, the verification names the first bad entry."""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from libs.common.contracts.alerts import OWNER
from libs.common.contracts.catalogue import topics_of
from libs.common.contracts.trail import TRAIL, TrailSealedV1
from libs.common.kafka.producer import KafkaPublisher
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.relay import Relay
from services.alerts.bootstrap import published_seals, verify_trail
from services.alerts.seals import service
from services.alerts.seals.domain.merkle import Leaf, leaf_hash, root_of
from services.alerts.seals.domain.seal import Seal
from services.alerts.seals.jobs import TrailAuditor
from services.alerts.seals.keys import SealKey
from services.alerts.seals.reading import Period
from services.alerts.seals.verification import Question, Report, verify
from services.alerts.trail.domain import chain
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, World, spike, spike_over

KEY = SealKey.derived("of this test")
OFFLINE = Path(__file__).parent / "verify_offline.py"


async def seal(world: World, key: SealKey = KEY) -> int:
    async with world.edge() as ctx:
        return await service.seal_all(ctx, key)


async def check(world: World, **question: Any) -> Report:
    async with world.database.direct() as connection:
        return await verify(connection, Question(**question))


# What else names an alert.
_OF_ALERTS = ("follow_up", "storm_notice", "routing_queue")


async def tamper(world: World, *statements: str, **params: Any) -> None:
    """As the owner of the database would: with the triggers switched off."""
    tables = ("alert_trail", "trail_seal", "trail_seal_leaf", "trail_key")
    async with world.database.transaction() as session:
        for table in tables:
            await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            await session.execute(text(statement), params)
        for table in tables:
            await session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


@pytest.fixture
async def record(world: World) -> World:
    """Three alerts, one of them resolved; two seals; the last entries wait for the next."""
    opened = spike(uuid4(), level=3)
    await world.handle(opened)
    await world.handle(spike(uuid4(), level=1))
    assert await seal(world) == 1
    await world.advance(minutes=20)
    await world.handle(spike_over(opened), 2)
    await world.handle(spike(uuid4(), level=2), region_code=OTHER_COUNTY)
    assert await seal(world) == 1
    await world.advance(hours=5)
    return world


async def first_alert(world: World) -> tuple[UUID, int]:
    (row,) = await world.rows("SELECT id, trail_length FROM alert ORDER BY number LIMIT 1")
    return row.id, row.trail_length


async def test_record_is_intact_when_nobody_touched_it(record: World) -> None:
    report = await check(record)
    assert report.faults == []
    entries = await record.scalar("SELECT count(*) FROM alert_trail")
    waiting = await record.scalar("SELECT count(*) FROM trail_unsealed")
    assert (report.alerts, report.seals, report.entries, report.unsealed) == (3, 2, entries, waiting)
    assert waiting > 0
    assert await seal(record) == 1
    assert (await check(record)).unsealed == 0


async def test_database_refuses_to_change_the_record(record: World) -> None:
    for table, column in (
        ("alert_trail", "actor"),
        ("trail_seal", "root"),
        ("trail_seal_leaf", "head"),
        ("trail_key", "public_key"),
    ):
        for act in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises(DBAPIError, match="append-only"):
                async with record.database.transaction() as session:
                    await session.execute(text(act))


async def test_first_bad_entry_is_named_when_one_byte_is_changed(record: World) -> None:
    alert_id, _ = await first_alert(record)
    await tamper(
        record,
        "UPDATE alert_trail SET facts = replace(facts, 'red', 'rEd') WHERE alert_id = :id AND seq = 1",
        id=alert_id,
    )
    (fault,) = (await check(record)).faults
    assert (fault.number, fault.seq) == (1, 1)
    assert "was changed" in fault.reason


async def test_change_shows_in_whichever_column_it_is(record: World) -> None:
    alert_id, _ = await first_alert(record)
    for column in ("kind", "actor", "previous", "digest"):
        await tamper(
            record,
            f"UPDATE alert_trail SET {column} = {column} || 'x' WHERE alert_id = :id AND seq = 2",
            id=alert_id,
        )
        fault = (await check(record)).faults[0]
        assert (fault.number, fault.seq) == (1, 2)
        await tamper(
            record,
            f"UPDATE alert_trail SET {column} = rtrim({column}, 'x') WHERE alert_id = :id AND seq = 2",
            id=alert_id,
        )
    assert (await check(record)).is_intact


async def test_deleted_tail_shows_also_when_the_alert_was_made_to_forget_it(record: World) -> None:
    alert_id, length = await first_alert(record)
    await tamper(record, "DELETE FROM alert_trail WHERE alert_id = :id AND seq = :last", id=alert_id, last=length)
    fault = (await check(record)).faults[0]
    assert (fault.number, fault.seq) == (1, length)
    await tamper(
        record,
        "UPDATE alert SET trail_length = trail_length - 1, trail_head = (SELECT digest FROM alert_trail "
        "WHERE alert_id = :id AND seq = :last - 1) WHERE id = :id",
        id=alert_id,
        last=length,
    )
    fault = (await check(record)).faults[0]
    assert (fault.number, fault.seq) == (1, length)
    assert "sealed in seal 2 and is missing" in fault.reason


async def test_entry_that_waits_for_its_seal_shows_when_it_is_deleted_with_its_memory(record: World) -> None:
    (row,) = await record.rows(
        "SELECT alert_id, max(seq) AS seq FROM trail_unsealed GROUP BY alert_id ORDER BY alert_id LIMIT 1"
    )
    await tamper(
        record,
        "DELETE FROM alert_trail WHERE alert_id = :id AND seq = :seq",
        "UPDATE alert SET trail_length = :seq - 1, trail_head = (SELECT digest FROM alert_trail "
        "WHERE alert_id = :id AND seq = :seq - 1) WHERE id = :id",
        id=row.alert_id,
        seq=row.seq,
    )
    assert "noted for the next seal and is missing" in (await check(record)).faults[0].reason
    # Sealing does not take the evidence away.
    await seal(record)
    assert "noted for the next seal and is missing" in (await check(record)).faults[0].reason


async def test_alert_deleted_whole_shows(record: World) -> None:
    alert_id, _ = await first_alert(record)
    await tamper(
        record,
        "DELETE FROM alert_trail WHERE alert_id = :id",
        "DELETE FROM trail_unsealed WHERE alert_id = :id",
        "UPDATE alert_condition SET alert_id = NULL, origin_alert_id = NULL WHERE alert_id = :id",
        "DELETE FROM escalation_timer WHERE alert_id = :id",
        "DELETE FROM delivery_attempt",
        "DELETE FROM delivery WHERE alert_id = :id",
        *(f"DELETE FROM {table} WHERE alert_id = :id" for table in _OF_ALERTS),
        "DELETE FROM notification WHERE alert_id = :id",
        "DELETE FROM alert WHERE id = :id",
        id=alert_id,
    )
    fault = (await check(record)).faults[0]
    assert (fault.alert_id, fault.seq) == (str(alert_id), 1)
    assert "deleted" in fault.reason
    await tamper(record, "DELETE FROM trail_seal_leaf WHERE alert_id = :id", id=alert_id)
    assert [fault.seal for fault in (await check(record)).faults] == [1, 2]


async def rehash(world: World, alert_id: UUID) -> None:
    """Change the first entry and compute the whole chain anew, with the alert's memory of it."""
    rows = await world.rows("SELECT * FROM alert_trail WHERE alert_id = :id ORDER BY seq", id=alert_id)
    previous = chain.BEGINNING
    for row in rows:
        facts = row.facts.replace("red", "blue")
        written = chain.entry_text(
            str(alert_id), row.seq, row.kind, chain.instant_text(row.at), row.actor, facts, previous
        )
        new = "sha256:" + hashlib.sha256(written.encode()).hexdigest()
        await tamper(
            world,
            "UPDATE alert_trail SET facts = :facts, previous = :previous, digest = :digest "
            "WHERE alert_id = :id AND seq = :seq",
            id=alert_id,
            seq=row.seq,
            facts=facts,
            previous=previous,
            digest=new,
        )
        previous = new
    await tamper(world, "UPDATE alert SET trail_head = :head WHERE id = :id", head=previous, id=alert_id)


async def reseal(world: World, key: SealKey) -> None:
    """Write leaves and seals anew over what stands in the trails now, signed with the key at hand."""
    await tamper(
        world,
        "UPDATE trail_seal_leaf AS leaf SET head = entry.digest FROM alert_trail AS entry "
        "WHERE entry.alert_id = leaf.alert_id AND entry.seq = leaf.length",
        "INSERT INTO trail_key VALUES (:key_id, :public_key, :at) ON CONFLICT DO NOTHING",
        key_id=key.key_id,
        public_key=key.public_key,
        at=MORNING,
    )
    previous = None
    for row in await world.rows("SELECT * FROM trail_seal ORDER BY sequence"):
        leaves = [
            Leaf(str(leaf.alert_id), leaf.length, leaf.head)
            for leaf in await world.rows(
                "SELECT * FROM trail_seal_leaf WHERE sequence = :n ORDER BY alert_id", n=row.sequence
            )
        ]
        root = root_of("sha256", [leaf_hash("sha256", leaf) for leaf in leaves]).hex()
        made = Seal(**{**row._mapping, "root": f"sha256:{root}", "key_id": key.key_id})
        made = replace(made, previous=made.previous if previous is None else previous)
        made = replace(made, digest=made.computed_digest())
        await tamper(
            world,
            "UPDATE trail_seal SET root = :root, key_id = :key_id, previous = :previous, digest = :digest, "
            "signature = :signature WHERE sequence = :n",
            n=row.sequence,
            root=made.root,
            key_id=made.key_id,
            previous=made.previous,
            digest=made.digest,
            signature=key.sign(made.digest),
        )
        previous = made.digest


async def test_chain_hashed_anew_shows_in_its_seal(record: World) -> None:
    alert_id, _ = await first_alert(record)
    await rehash(record, alert_id)
    fault = (await check(record)).faults[0]
    assert (fault.number, fault.seal) == (1, 1)
    assert "hashed anew" in fault.reason


async def test_seals_made_anew_show_when_they_were_signed_with_another_key(record: World) -> None:
    alert_id, _ = await first_alert(record)
    await rehash(record, alert_id)
    await reseal(record, SealKey.derived("of the intruder"))
    # The database alone is of one piece: it takes a key known from outside, or what was published.
    assert (await check(record)).faults == []
    faults = (await check(record, trusted=frozenset({KEY.public_key}))).faults
    assert faults[0].seal == 1
    assert "not trusted" in faults[0].reason


async def test_changed_seal_shows(record: World) -> None:
    (before,) = await record.rows("SELECT alerts, signature, sealed_at FROM trail_seal WHERE sequence = 1")
    restore = "UPDATE trail_seal SET alerts = :alerts, signature = :signature, sealed_at = :at WHERE sequence = 1"
    for change in ("alerts = alerts + 1", "signature = 'AAAA'", "sealed_at = sealed_at + interval '1 h'"):
        await tamper(record, f"UPDATE trail_seal SET {change} WHERE sequence = 1")
        assert (await check(record)).faults[0].seal == 1
        await tamper(record, restore, alerts=before.alerts, signature=before.signature, at=before.sealed_at)
    assert (await check(record)).is_intact


async def test_missing_seal_shows(record: World) -> None:
    await tamper(
        record, "DELETE FROM trail_seal_leaf WHERE sequence = 1", "DELETE FROM trail_seal WHERE sequence = 1"
    )
    faults = (await check(record)).faults
    assert any(fault.seal == 1 and fault.reason == "is missing" for fault in faults)


async def test_period_looks_at_whole_trails_of_its_alerts_only(record: World) -> None:
    alert_id, _ = await first_alert(record)
    await tamper(record, "UPDATE alert_trail SET actor = 'x' WHERE alert_id = :id AND seq = 1", id=alert_id)
    day = timedelta(days=1)
    assert (await check(record, period=Period(MORNING + day, None))).faults == []
    assert (await check(record, period=Period(MORNING - day, MORNING + day))).faults != []


async def test_seals_follow_the_interval_of_the_policy(world: World) -> None:
    async def due() -> int:
        async with world.edge() as ctx:
            return await service.seal_due(ctx, KEY)

    await world.handle(spike(uuid4()))
    assert await due() == 1
    await world.handle(spike(uuid4()))
    world.clock.advance(timedelta(minutes=4))
    assert await due() == 0
    world.clock.advance(timedelta(minutes=1))
    assert await due() == 1
    assert await due() == 0
    # A clock that was set back does not stop the sealing.
    world.clock.set(MORNING - timedelta(days=1))
    await world.handle(spike(uuid4()))
    assert await due() == 1
    assert (await check(world)).is_intact


async def test_many_waiting_entries_become_several_seals_and_late_commits_are_not_lost(world: World) -> None:
    for _ in range(5):
        await world.handle(spike(uuid4()))
    async with world.edge() as slow:
        # An entry that is written before, and committed after a seal.
        row = (await slow.session.execute(text("SELECT * FROM alert LIMIT 1 FOR UPDATE"))).one()
        entry = chain.link(
            alert_id=row.id, seq=row.trail_length + 1, kind="commented", at=MORNING, actor="x", facts={},
            previous=row.trail_head,
        )  # fmt: skip
        await slow.session.execute(
            text("INSERT INTO alert_trail VALUES (:a, :s, :k, :t, :w, :f, :p, :d)"),
            {"a": row.id, "s": entry.seq, "k": entry.kind, "t": entry.at, "w": "x", "f": entry.facts,
             "p": entry.previous, "d": entry.digest},
        )  # fmt: skip
        await slow.session.execute(
            text("UPDATE alert SET trail_length = :n, trail_head = :h WHERE id = :i"),
            {"n": entry.seq, "h": entry.digest, "i": row.id},
        )
        async with world.edge() as ctx:
            assert await service.seal_all(ctx, KEY, batch=3) == 4
    assert (await check(world)).unsealed == 1
    assert await seal(world) == 1
    report = await check(world)
    assert (report.faults, report.unsealed, report.seals) == ([], 0, 5)


async def test_new_key_and_algorithm_go_on_in_the_same_record(record: World) -> None:
    async with record.client("admin") as client:
        answer = await client.post("/v1/trail/policies", json={"algorithm": "sm3", "interval_minutes": 10})
        assert answer.status_code == 201, answer.text
    await record.handle(spike(uuid4()))
    other = SealKey.derived("the next key")
    assert await seal(record, other) == 1
    newest = await record.scalar("SELECT trail_head FROM alert ORDER BY number DESC LIMIT 1")
    assert newest.startswith("sm3:")
    report = await check(record)
    assert report.faults == []
    assert report.keys == {KEY.key_id: (1, 2), other.key_id: (3, 3)}
    async with record.client("nobody") as anyone:
        keys = (await anyone.get("/v1/trail/keys")).json()["items"]
    assert [key["key_id"] for key in keys] == [KEY.key_id, other.key_id]


@pytest.fixture
async def published(record: World, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[World]:
    await ensure_topics(kafka_bootstrap, topics_of(OWNER), prefix=topic_prefix, partitions=1, replication=1)
    publisher = KafkaPublisher(kafka_bootstrap, client_id="test")
    await publisher.start()
    record.settings = record.settings.model_copy(
        update={"kafka_bootstrap": kafka_bootstrap, "topic_prefix": topic_prefix}
    )
    async with record.database.engine.connect() as connection:
        relay = Relay(record.database, publisher, topic_prefix=topic_prefix)
        while await relay.relay_once(connection):
            pass
    yield record
    await publisher.stop()


async def by_kafka(world: World) -> Report:
    return await verify_trail(world.settings, Period(), frozenset(), kafka=True)


async def test_published_seals_tell_of_everything_made_anew_even_with_the_stolen_key(published: World) -> None:
    assert [event.sequence for event in await published_seals(published.settings)] == [1, 2]
    report = await by_kafka(published)
    assert (report.faults, report.published) == ([], 2)
    alert_id, _ = await first_alert(published)
    await rehash(published, alert_id)
    await reseal(published, KEY)
    assert (await check(published, trusted=frozenset({KEY.public_key}))).faults == []
    fault = (await by_kafka(published)).faults[0]
    assert (fault.seal, fault.reason) == (1, "is not the one that was published: made anew")


async def test_published_seal_tells_when_the_newest_were_taken_away_with_all_they_cover(published: World) -> None:
    await tamper(
        published,
        "DELETE FROM alert_trail AS entry WHERE seq > coalesce((SELECT max(length) FROM trail_seal_leaf AS leaf "
        "WHERE sequence = 1 AND leaf.alert_id = entry.alert_id), 0)",
        "DELETE FROM trail_unsealed",
        "DELETE FROM trail_seal_leaf WHERE sequence = 2",
        "DELETE FROM trail_seal WHERE sequence = 2",
        "DELETE FROM delivery_attempt",
        "DELETE FROM delivery",
        *(f"DELETE FROM {table}" for table in _OF_ALERTS),
        "DELETE FROM notification",
        "UPDATE alert_condition SET alert_id = NULL, origin_alert_id = NULL",
        "DELETE FROM escalation_timer",
        "DELETE FROM alert WHERE NOT EXISTS (SELECT FROM alert_trail WHERE alert_id = alert.id)",
        "UPDATE alert SET (trail_length, trail_head) = (SELECT seq, digest FROM alert_trail "
        "WHERE alert_id = alert.id ORDER BY seq DESC LIMIT 1)",
    )
    assert (await check(published)).faults == []
    faults = (await by_kafka(published)).faults
    assert [(fault.seal, fault.reason) for fault in faults] == [(2, "was published and is gone")]


async def test_seal_that_is_not_on_its_way_to_kafka_shows(published: World) -> None:
    await seal(published)
    assert (await by_kafka(published)).faults == []
    await tamper(published, "DELETE FROM outbox WHERE topic = :topic", topic=TRAIL.name)
    (fault,) = (await by_kafka(published)).faults
    assert (fault.seal, fault.reason) == (3, "was never published")


def verify_by_command(dsn: str) -> subprocess.CompletedProcess[str]:
    settings = {"ENVIRONMENT": "local", "DATABASE_DSN": dsn, "KAFKA_BOOTSTRAP": "127.0.0.1:1"}
    return subprocess.run(
        [sys.executable, "-m", "services.alerts", "trail", "verify"],
        env={"PATH": "/usr/bin:/bin", **{f"DUBAN_{name}": value for name, value in settings.items()}},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_command_ends_with_1_and_names_the_entry_when_the_record_is_broken(record: World) -> None:
    alert_id, _ = await first_alert(record)
    await tamper(record, "UPDATE alert_trail SET actor = 'x' WHERE alert_id = :id AND seq = 2", id=alert_id)
    broken = verify_by_command(record.database.dsn)
    assert broken.returncode == 1, broken.stderr
    assert f"BROKEN, first at alert no. 1 ({alert_id}), entry 2: was changed" in broken.stdout


async def test_service_finds_at_night_that_its_record_is_broken_and_that_it_is_whole_again(record: World) -> None:
    async def night() -> list[Any]:
        async with record.edge() as ctx:
            await TrailAuditor(record.database).check_record(ctx, ctx.now)
        return await record.rows("SELECT detail FROM finding WHERE kind = 'trail_broken' AND cleared_at IS NULL")

    assert await night() == []
    alert_id, _ = await first_alert(record)
    change = "UPDATE alert_trail SET actor = :actor WHERE alert_id = :id AND seq = 1"
    await tamper(record, change, id=alert_id, actor="x")
    (finding,) = await night()
    assert "entry 1: was changed" in finding.detail["first"][0]
    await tamper(record, change, id=alert_id, actor="system")
    assert await night() == []


async def test_export_proves_itself_to_a_script_of_a_stranger(record: World, tmp_path: Path) -> None:
    async with record.client("admin") as client:
        answer = await client.get("/v1/trail/export")
        assert answer.status_code == 200
        file = tmp_path / "trail.jsonl"
        file.write_bytes(answer.content)
        trusted = (await client.get("/v1/trail/keys")).json()["items"][0]["public_key"]

    def verdict() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(OFFLINE), str(file), trusted], capture_output=True, text=True, check=False
        )

    good = verdict()
    assert (good.returncode, good.stdout.strip()) == (0, "3 alerts proven"), good.stderr
    content = file.read_text(encoding="utf-8")
    for old, new in (("spike", "spIke"), ('"kind":"notified"', '"kind":"commented"'), ('"length":', '"length":1')):
        file.write_text(content.replace(old, new, 1), encoding="utf-8")
        assert verdict().returncode == 1, (old, new)
    assert await record.scalar("SELECT count(*) FROM audit_record WHERE action = 'export'") == 1


async def test_export_is_narrowed_to_the_callers_region_and_period(record: World) -> None:
    async with record.client("stranger") as client:
        lines = [json.loads(line) for line in (await client.get("/v1/trail/export")).text.splitlines()]
        assert {line["region_code"] for line in lines if line["type"] == "alert"} == {OTHER_COUNTY}
        assert (await client.get("/v1/trail/export", params={"from": "2026-09-17"})).text.count('"alert"') == 0
    async with record.client("supervisor") as client:
        table = await client.get("/v1/trail/export", params={"format": "csv", "to": "2026-09-15"})
        assert table.content.startswith("\ufeffAlert no.,Alert,".encode())
        assert COUNTY in table.text
        assert OTHER_COUNTY not in table.text
        book = await client.get(
            "/v1/trail/export", params={"format": "xlsx"}, headers={"Accept-Language": "zh-CN"}
        )
        assert book.content.startswith(b"PK")
    for caller in ("officer", "viewer"):
        async with record.client(caller) as client:
            assert (await client.get("/v1/trail/export")).status_code == 403


async def test_proof_of_one_alert_and_seals_are_read_over_http(record: World) -> None:
    alert_id, _ = await first_alert(record)
    async with record.client("officer") as client:
        proof = (await client.get(f"/v1/alerts/{alert_id}/trail/proof")).json()
        assert proof["seal"]["sequence"] == 2
        assert proof["public_key"] == KEY.public_key
        seals = (await client.get("/v1/trail/seals")).json()["items"]
        assert [each["sequence"] for each in seals] == [2, 1]
        assert (await client.get("/v1/trail/seals/1")).json() == seals[1]
        assert (await client.get("/v1/trail/seals/9")).status_code == 404
        assert (await client.get("/v1/trail/policies")).json()["items"][0]["interval_minutes"] == 5
    async with record.client("stranger") as client:
        assert (await client.get(f"/v1/alerts/{alert_id}/trail/proof")).status_code == 404
    await record.handle(spike(uuid4()))
    newest = await record.scalar("SELECT id FROM alert ORDER BY number DESC LIMIT 1")
    async with record.client("officer") as client:
        assert (await client.get(f"/v1/alerts/{newest}/trail/proof")).json()["code"] == "trail.not_sealed"


async def test_event_says_what_the_seal_does(record: World) -> None:
    (row,) = await record.rows(
        "SELECT payload, aggregate_version FROM outbox WHERE topic = :t AND aggregate_version = 2", t=TRAIL.name
    )
    event = TrailSealedV1.model_validate_json(row.payload)
    stored = (await record.rows("SELECT * FROM trail_seal WHERE sequence = 2"))[0]
    assert (event.digest, event.root, event.previous) == (stored.digest, stored.root, stored.previous)
    assert base64.b64decode(event.public_key) == base64.b64decode(KEY.public_key)
