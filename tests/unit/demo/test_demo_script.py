"""The live script: what is sent in which slot, the same at every asking."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from deploy.demo import script
from deploy.demo.script import SLOT, ZONE, LiveScript, slot_of
from deploy.demo.world import METERS, SEED, curves

FIRST = datetime(2026, 9, 15, 8, 30, tzinfo=ZONE)


@pytest.fixture(scope="module")
def live() -> LiveScript:
    return LiveScript(METERS, curves(), FIRST, seed=SEED)


def at(number: int) -> datetime:
    return FIRST + number * SLOT


def test_a_furnace_spikes_within_the_first_two_slots(live: LiveScript) -> None:
    usual = curves().day(FIRST.date())
    row = live.cast(0).spike
    spiked = live.values(at(script.SPIKE_FROM))[row]
    assert METERS[row].kind.value == "furnace"
    assert script.SPIKE_FROM <= 1
    assert spiked > 1.6 * usual[row, 34 + script.SPIKE_FROM]
    assert spiked <= METERS[row].capacity_kw


def test_other_meters_keep_their_curves_when_one_spikes(live: LiveScript) -> None:
    usual = curves().day(FIRST.date())[:, 35]
    told = live.values(at(1))
    differing = np.flatnonzero(usual != told)
    assert differing.tolist() == [live.cast(0).spike]


def test_slots_before_the_script_are_plain(live: LiveScript) -> None:
    slot = at(-3)
    [batch] = live.batches(slot)
    assert batch.values == tuple(curves().day(slot.date())[:, 31].tolist())


def test_a_meter_stands_still_while_it_is_stuck(live: LiveScript) -> None:
    row = live.cast(0).stuck
    told = [live.values(at(script.STUCK_FROM + n))[row] for n in range(script.STUCK_SLOTS)]
    assert len(set(told)) == 1
    assert live.values(at(script.STUCK_FROM + script.STUCK_SLOTS))[row] != told[0]


def test_nothing_of_an_outage_is_lost_when_its_readings_come_late(live: LiveScript) -> None:
    silent = set(live.cast(0).outage)
    heard: dict[tuple[int, datetime], float] = {}
    for number in range(script.OUTAGE_FROM, script.OUTAGE_FROM + script.OUTAGE_SLOTS + 1):
        batches = live.batches(at(number))
        if number < script.OUTAGE_FROM + script.OUTAGE_SLOTS:
            assert silent.isdisjoint(batches[0].meters)
        for batch in batches:
            told = zip(batch.meters, batch.starts, batch.values, strict=True)
            heard |= {(row, start): value for row, start, value in told}
    for number in range(script.OUTAGE_FROM, script.OUTAGE_FROM + script.OUTAGE_SLOTS):
        for row in silent:
            assert heard[row, at(number)] == live.values(at(number))[row]


def test_the_duplicate_is_the_body_before(live: LiveScript) -> None:
    _, again = live.batches(at(script.DUPLICATE_AT))
    assert [again] == live.batches(at(script.DUPLICATE_AT - 1))


def test_a_correction_revises_one_earlier_value(live: LiveScript) -> None:
    _, correction = live.batches(at(script.CORRECTION_AT))
    assert correction.edited
    assert correction.starts == (at(script.CORRECTED_SLOT),)
    [row] = correction.meters
    assert correction.values[0] != live.values(at(script.CORRECTED_SLOT))[row]
    assert correction.created_at > at(script.CORRECTED_SLOT) + SLOT


def test_another_feed_makes_the_same_bodies(live: LiveScript) -> None:
    other = LiveScript(METERS, curves(), FIRST, seed=SEED)
    for number in (0, 1, 12, 30, 70, 96 * 3 + 1):
        assert other.batches(at(number)) == live.batches(at(number))


def test_the_next_day_has_other_players(live: LiveScript) -> None:
    first, second = live.cast(0), live.cast(1)
    assert first.spike != second.spike
    assert {first.stuck, first.corrected}.isdisjoint(first.outage)


def test_names_of_bodies_are_unique_but_for_duplicates(live: LiveScript) -> None:
    names = [batch.name for number in range(96) for batch in live.batches(at(number))]
    assert len(names) - len(set(names)) == 1


def test_the_watcher_is_told_what_begins(live: LiveScript) -> None:
    told = {number: live.begins(at(number)) for number in range(-2, 96)}
    assert told[-1] == told[0] == []
    assert METERS[live.cast(0).spike].name in told[script.SPIKE_FROM][0]
    assert sum(map(len, told.values())) == 7


def test_no_body_tells_of_the_future(live: LiveScript) -> None:
    for number in range(96):
        for batch in live.batches(at(number)):
            assert max(batch.starts) + SLOT <= at(number) + SLOT
            assert batch.created_at <= at(number) + SLOT


@pytest.mark.parametrize(("minute", "start"), [(0, 0), (14, 0), (15, 15), (59, 45)])
def test_a_slot_begins_at_the_quarter_before(minute: int, start: int) -> None:
    instant = datetime(2026, 9, 15, 0, minute, 30, tzinfo=UTC)
    assert slot_of(instant) == datetime(2026, 9, 15, 0, start, tzinfo=UTC)
    assert slot_of(instant) + timedelta(minutes=15) > instant
