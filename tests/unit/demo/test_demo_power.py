"""The demo's power year: what hangs where, what its short morning comes to, and that all of it is labelled."""

from datetime import date

import numpy as np

from deploy.demo.dataset import enterprises, facts, power, registry, works
from deploy.demo.dataset.records import LABEL
from deploy.demo.synth.generator import GENERATION, LoadKind
from deploy.demo.world import METERS, curves

# The working days before the demo's, a Tuesday.
USUAL_DAYS = tuple(date(2026, 9, day) for day in (8, 9, 10, 11, 14))
SHORT = slice(32, 34)


def test_every_meter_of_the_county_that_draws_hangs_on_a_feeder_once() -> None:
    head, *rows = power.placements()
    placed = [str(row[0]) for row in rows]
    drawing = {
        meter.meter_no
        for meter in METERS
        if meter.region_code.startswith(registry.COUNTY) and meter.kind not in GENERATION
    }
    assert (len(head), len(placed), set(placed)) == (4, len(drawing), drawing)
    nodes = {str(row[0]) for row in power.NODES[1:]}
    assert {str(row[1]) for row in rows} <= nodes
    assert {str(row[4]) for row in power.NODES[1:] if row[4]} <= nodes


def test_plants_are_the_hydro_stations_and_the_wind_farm_with_all_their_sets() -> None:
    sets = [meter for plant in works.PLANTS for meter in plant.meters]
    assert len(sets) == len(set(sets)) == 24 + 16
    assert {meter.kind for meter in sets} == {LoadKind.HYDRO, LoadKind.WIND}
    assert works.HYDRO_TARGET["energy_kwh"] == facts.HYDRO_KWH_A_YEAR == 80_000_000


def test_short_morning_is_met_by_two_and_missed_by_one_whose_furnace_is_not_that_of_the_story() -> None:
    usual = curves().day(facts.DEMO_DAY)
    told = power.drawing_less(usual)
    changed = np.flatnonzero((told != usual).any(axis=1))
    assert METERS[0].kind is LoadKind.FURNACE
    assert 0 not in changed
    assert (told[:, : SHORT.start] == usual[:, : SHORT.start]).all()
    assert (told[:, SHORT.stop :] == usual[:, SHORT.stop :]).all()
    baseline = np.mean([curves().day(day) for day in USUAL_DAYS], axis=0)
    shares = []
    for call in power.CALLS:
        rows = [n for n, meter in enumerate(METERS) if meter.credit_code == call.enterprise.credit_code]
        given = baseline[rows, SHORT].sum(axis=0) - told[rows, SHORT].sum(axis=0)
        shares.append(float(np.minimum(given, call.ordered_kw).sum() / (2 * call.ordered_kw)))
    # By the rule that ships 90 % of the order are to be covered.
    assert shares[0] == shares[2] == 1.0
    assert 0.4 < shares[1] < 0.6


def test_plan_holds_what_the_shipped_shares_ask_for() -> None:
    held = {"Ⅳ": 0, "Ⅲ": 0, "Ⅱ": 0}
    for one in power.USERS:
        assert one.load_kw <= 0.9 * sum(kw for _, _, kw in one.enterprise.loads)
        held[one.tier] += one.load_kw
    most = power.PLAN["max_load_kw"]
    assert held["Ⅳ"] >= 0.05 * most
    assert held["Ⅳ"] + held["Ⅲ"] >= 0.10 * most
    assert sum(held.values()) >= 0.30 * most


def test_everything_made_up_says_so() -> None:
    assert all(LABEL in str(row[2]) for row in power.NODES[1:])
    assert all(LABEL in str(product["name"]) for product in works.PRODUCTS.values())
    assert all("演示" in str(one["source"]) for one in works.BENCHMARKS)
    assert all(LABEL in str(one["name"]) for one in (works.STANDARD, works.SECOND_STANDARD))
    assert LABEL in works.CASE["title"]
    assert LABEL in power.PLAN["name"]
    assert all(LABEL in plant.enterprise.name for plant in works.PLANTS)


def test_months_of_the_works_are_told_once_each() -> None:
    head, *rows = works.energy_months()
    keys = [(str(row[0]), str(row[1])) for row in rows]
    own = (power.FIRST_FURNACE.credit_code, f"{works.OWN_MONTH:%Y-%m}")
    assert len(head) == 7
    assert len(keys) == len(set(keys)) == 5 * 8 - 1
    assert own not in keys
    assert power.FIRST_FURNACE is enterprises.ALL[0]
