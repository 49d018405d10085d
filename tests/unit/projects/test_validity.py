"""What holds where and when: the narrowest region counts, entries follow each other without overlap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.sectors import contains, full_code
from services.projects.registry.domain.validity import Dated, in_force, succession
from services.projects.registry.errors import ValidityNotOrdered, ValidityOverlap

DAY = date(2026, 9, 15)


@dataclass(frozen=True, slots=True)
class Limit(Dated):
    days: int


@pytest.mark.parametrize(
    ("region", "day", "days"),
    [
        ("421224101", DAY, 3),
        ("421221", DAY, 5),
        ("110000", DAY, 9),
        ("421224101", DAY - timedelta(days=1), 5),
        ("421224101", DAY + timedelta(days=10), 5),
    ],
)
def test_narrowest_entry_in_force_counts(region: str, day: date, days: int) -> None:
    county = Limit(3, region_code="421224", valid_from=DAY, valid_to=DAY + timedelta(days=10))
    found = in_force((Limit(9), Limit(5, region_code="420000"), county), region, day)
    assert found is not None
    assert found.days == days


DRAFTS = st.tuples(st.integers(0, 40), st.one_of(st.none(), st.integers(1, 20)))


@given(st.lists(DRAFTS, min_size=1, max_size=12))
def test_entries_of_one_key_never_overlap_in_whatever_order_they_come(
    drafts: list[tuple[int, int | None]],
) -> None:
    entries: tuple[Limit, ...] = ()
    for number, (start, length) in enumerate(drafts):
        begins = DAY + timedelta(days=start)
        ends = None if length is None else begins + timedelta(days=length)
        try:
            entries = succession(entries, Limit(number, valid_from=begins, valid_to=ends))
        except ValidityOverlap:
            continue
        assert in_force(entries, "421224", begins) == next(one for one in entries if one.days == number)
    for offset in range(70):
        assert sum(entry.holds_on(DAY + timedelta(days=offset)) for entry in entries) <= 1


def test_entry_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValidityNotOrdered):
        succession((), Limit(1, valid_from=DAY, valid_to=DAY))


@pytest.mark.parametrize(
    ("wider", "code", "within"),
    [("C", "3140", True), ("31", "C3140", True), ("C31", "3140", True), ("D", "3140", False), ("B", "0610", True),
     ("T", "97", True), ("3140", "31", False), ("A", "06", False)],
)  # fmt: skip
def test_sector_holds_its_parts_with_or_without_the_letter(wider: str, code: str, *, within: bool) -> None:
    assert contains(wider, code) is within
    assert full_code("3140") == "C3140"
