"""Amounts of a year's orders worked by hand, and sums that can be traced."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.energy.activations.domain.verification import Verdict
from services.energy.settlements.domain.settlement import Item, Rate, RateKind, by_enterprise, settle, sums

PAID = Rate(id=UUID(int=1), kind=RateKind.COMPENSATION, yuan_per_kwh=Decimal("0.35"), cap_share=1.1)
CHARGED = Rate(id=UUID(int=2), kind=RateKind.PENALTY, yuan_per_kwh=Decimal("1.5"), free_covered=0.9)


def item(number: int = 1, energy: float | None = 400.0, missed: float | None = 0.0, **facts: object) -> Item:
    known: dict[str, object] = {
        "order_id": UUID(int=number),
        "verification_id": UUID(int=1000 + number),
        "edition": 1,
        "activation_code": f"YX-421224-20260915-{number:03d}",
        "enterprise_id": UUID(int=77),
        "enterprise_name": "某冶金有限公司",
        "credit_code": "91421224MA00000A1X",
        "region_code": "421224",
        "day": date(2026, 9, 15),
        "hours": 2.0,
        "ordered_kwh": 400.0,
        "energy_kwh": energy,
        "shortfall_kwh": missed,
        "covered": None if missed is None else 1 - missed / 400.0,
        "verdict": Verdict.MET if not missed else Verdict.NOT_MET,
    }
    return Item(**known | facts)  # type: ignore[arg-type]


def amounts(one: Item, *rates: Rate) -> tuple[int | None, int | None]:
    (found,) = settle([one], rates)
    return found.compensation_yuan, found.penalty_yuan


def test_given_energy_is_paid_up_to_the_cap() -> None:
    assert amounts(item(energy=300.0), PAID, CHARGED) == (105, 0)
    # 440 kWh are the most that is paid of 400 ordered.
    assert amounts(item(energy=480.0), PAID, CHARGED) == (154, 0)
    # More drawn than usual is nothing given, and nothing to be paid back.
    assert amounts(item(energy=-50.0, missed=450.0), PAID, CHARGED) == (0, 675)


def test_missed_energy_is_charged_below_what_is_free() -> None:
    assert amounts(item(energy=360.0, missed=40.0), PAID, CHARGED)[1] == 0
    assert amounts(item(energy=356.0, missed=44.0), PAID, CHARGED)[1] == 66
    paid_from = Rate(id=UUID(int=3), kind=RateKind.COMPENSATION, yuan_per_kwh=Decimal(1), from_covered=0.9)
    assert amounts(item(energy=356.0, missed=44.0), paid_from, CHARGED)[0] == 0


def test_halves_of_a_yuan_go_up() -> None:
    twentieth = Rate(id=UUID(int=4), kind=RateKind.COMPENSATION, yuan_per_kwh=Decimal("0.05"))
    assert amounts(item(energy=10.0), twentieth) == (1, None)


def test_what_is_not_known_has_no_amount() -> None:
    unknown = item(energy=100.0, verdict=Verdict.CANNOT_TELL)
    assert amounts(unknown, PAID, CHARGED) == (None, None)
    assert amounts(item()) == (None, None)
    found = sums(settle([unknown, item(2)], [PAID, CHARGED]))
    assert (found.times, found.open_amounts, found.cannot_tell, found.compensation_yuan) == (2, 1, 1, 140)
    assert sums([]).net_yuan is None


def test_narrowest_region_and_the_day_decide_the_rate() -> None:
    own = Rate(
        id=UUID(int=5),
        kind=RateKind.COMPENSATION,
        yuan_per_kwh=Decimal(1),
        region_code="421224",
        valid_from=date(2026, 7, 1),
    )
    assert amounts(item(), PAID, own)[0] == 400
    assert amounts(item(day=date(2026, 6, 30)), PAID, own)[0] == 140
    assert amounts(item(region_code="421221"), PAID, own)[0] == 140


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.one_of(st.none(), st.floats(-100, 1000)), st.floats(0, 400)), max_size=20
    )
)
def test_whole_is_the_sum_of_its_lines_and_lines_of_their_orders(
    drawn: list[tuple[int, float | None, float]],
) -> None:
    items = [
        item(number, energy, None if energy is None else missed, enterprise_id=UUID(int=enterprise))
        for number, (enterprise, energy, missed) in enumerate(drawn)
    ]
    settled = settle(items, [PAID, CHARGED])
    whole = sums(settled)
    lines = [sums(own) for own in by_enterprise(settled).values()]
    assert whole.times == sum(line.times for line in lines)
    assert whole.open_amounts == sum(line.open_amounts for line in lines)
    assert (whole.compensation_yuan or 0) == sum(line.compensation_yuan or 0 for line in lines)
    assert (whole.penalty_yuan or 0) == sum(line.penalty_yuan or 0 for line in lines)
