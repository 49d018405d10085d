"""A stack that is lost comes back from its backup: at the latest and at a moment, counted independently."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from deploy.local.backup.store import Store
from deploy.local.layout import Layout
from deploy.local.programs import marked
from deploy.local.status import supervisor_of
from tests.support.backups import plan_backups, wait_archived, wait_base
from tests.support.killing import Count, Load, check, count_independently, prepare, settle
from tests.support.stack import Stack, duban, running_stack, wait_for
from tests.support.world import World, build_world

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(1800)]

METERS = tuple(f"B{index:03d}" for index in range(12))
# One round of spikes and the usual values after it: what opens has cleared.
ROUND = 16


@dataclass(frozen=True)
class Played:
    """A stack that is gone: its load up to `moment`, all of it, and what was received by then."""

    world: World
    load: Load
    moment: datetime
    until_moment: Load
    received: Counter[str]
    archive: Path


@pytest.fixture(scope="module", params=[1, 3], ids=["one_broker", "three_brokers"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    directory = tmp_path_factory.mktemp("lost")
    size = ("--brokers", str(request.param)) if request.param > 1 else ()
    options = ("--clock-origin", "2026-09-15T00:00:00+08:00", "--clock-rate", "0", *size)
    plan_backups(directory / "stack", directory / "backups")
    with running_stack(directory / "stack", *options) as stack:
        wait_base(directory / "backups")
        world = build_world(stack)
        load = prepare(world, METERS, seed=18)
        send(load, ROUND)
        moment = wait_archived(stack, directory / "backups")
        until_moment = replace(load, acknowledged=dict(load.acknowledged), spikes=list(load.spikes))
        send(load, ROUND)
        wait_archived(stack, directory / "backups")
        received = Counter(hook["headers"]["webhook-id"] for hook in stack.received())
        lose(stack)
        yield Played(world, load, moment, until_moment, received, directory / "backups")


def lose(stack: Stack) -> None:
    """Everything at once, the supervisor first, so that nothing is put in order any more."""
    supervisor = supervisor_of(Layout(stack.directory))
    found = supervisor.process() if supervisor else None
    assert found is not None
    for process in (found, *marked(stack.directory)):
        process.kill()


def send(load: Load, slots: int) -> None:
    """So many slots more, and everything that follows from them."""
    with load.world.feed() as feed:
        for _ in range(slots):
            load.send_slot(feed)
            load.slot += 1
    settle(load)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "again"
    duban("down", "--data", str(tmp_path / "again"))


def bring_back(played: Played, target: Path, *options: str) -> World:
    """Check the archive, restore into a new directory, and start what came of it, on the ports of the lost one."""
    lost = played.world.stack
    duban("backup", "verify", str(played.archive))
    secrets = lost.directory / "secrets.json"
    duban("restore", str(played.archive), str(target), "--secrets", str(secrets), *options)
    duban("up", "--data", str(target))
    return replace(played.world, stack=Stack(target, lost.port_base))


def counted(load: Load) -> Count:
    settle(load)
    return asyncio.run(count_independently(load))


def test_everything_is_there_once_when_a_lost_stack_is_restored(played: Played, target: Path) -> None:
    world = bring_back(played, target)
    load = replace(played.load, world=world)
    count = counted(load)
    # What had been delivered before is not delivered again: this mailbox is another one, and empty.
    assert count.received == Counter()
    assert count.promised <= set(played.received)
    check(load, replace(count, received=played.received, mails=count.mails + Counter(count.promised_mails)))
    assert count.mails == Counter()
    goes_on(load, count)
    is_upgraded(load, target)


def test_state_is_that_of_a_moment_when_one_is_named(played: Played, target: Path) -> None:
    assert 0 < len(played.until_moment.spikes) < len(played.load.spikes)
    world = bring_back(played, target, "--at", played.moment.isoformat())
    load = replace(played.until_moment, world=world)
    count = counted(load)
    check(load, replace(count, received=Counter(count.promised), mails=Counter(count.promised_mails)))
    assert count.received == Counter()
    # Nothing of what came later, though Kafka had it.
    later = set(played.load.acknowledged) - set(load.acknowledged)
    assert later
    assert not later & set(count.curves)
    goes_on(load, count)


def goes_on(load: Load, before: Count) -> None:
    """New readings are stored, and a new spike becomes one alert of which its person hears once."""
    had = len(load.spikes)
    send(load, ROUND)
    count = counted(load)
    assert len(load.spikes) > had
    new = count.promised - before.promised
    assert new
    wait_for(
        lambda: new <= {hook["headers"]["webhook-id"] for hook in load.world.stack.received()}, 180, "messages"
    )
    assert set(count.received) == new
    assert max(count.received.values()) == 1
    check(load, replace(count, received=Counter(count.promised), mails=Counter(count.promised_mails)))


def is_upgraded(load: Load, target: Path) -> None:
    """The same code again, so nothing to migrate: a backup is there, the way back is named, nothing is lost."""
    upgraded = duban("upgrade", str(target.parent / "before"), "--data", str(target))
    assert "To go back" in upgraded.stdout
    assert "duban restore" in upgraded.stdout
    assert len(Store(target.parent / "before").bases()) == 1
    count = counted(load)
    check(load, replace(count, received=Counter(count.promised), mails=Counter(count.promised_mails)))
