from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from libs.common.regions import InvalidRegionCode, ancestors, contains, prefix, validate

two_digits = st.integers(1, 99).map(lambda number: f"{number:02d}")
provinces = st.integers(11, 82).map(lambda number: f"{number}0000")
cities = st.builds(lambda head, city: f"{head[:2]}{city}00", provinces, two_digits)
counties = st.builds(lambda head, county: f"{head[:4]}{county}", cities, two_digits)
townships = st.builds(lambda head, number: f"{head}{number:03d}", counties, st.integers(1, 999))
codes = st.one_of(provinces, cities, counties, townships)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("420000", "42"),
        ("421200", "4212"),
        ("421220", "421220"),
        ("421224", "421224"),
        ("429004", "429004"),
        ("429000", "4290"),
        ("110000", "11"),
        ("421000", "4210"),
        ("421010", "421010"),
        ("421224101", "421224101"),
        ("421224100", "421224100"),
    ],
)
def test_prefix_length_follows_from_the_zeros_at_the_end(code: str, expected: str) -> None:
    assert prefix(code) == expected


@pytest.mark.parametrize(
    ("scope", "code", "expected"),
    [
        ("420000", "421200", True),
        ("420000", "421220", True),
        ("420000", "429004", True),
        ("420000", "421224101", True),
        ("420000", "430000", False),
        ("421200", "421220", True),
        ("421200", "421224101", True),
        ("421200", "429004", False),
        ("421200", "420000", False),
        ("421220", "421220", True),
        ("421220", "421224", False),
        ("421220", "421200", False),
        ("429000", "429004", True),
        ("429004", "429004101", True),
        ("429004", "429005", False),
        ("421224", "421224101", True),
        ("421224101", "421224101", True),
        ("421224101", "421224102", False),
        ("421224101", "421224", False),
        # A prefix cut by trailing zeros alone would make these two true.
        ("421000", "421100", False),
        ("421220", "421229", False),
    ],
)
def test_contains_decides_by_the_subtree(scope: str, code: str, expected: bool) -> None:
    assert contains(scope, code) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("420000", ()),
        ("421200", ("420000",)),
        ("421220", ("421200", "420000")),
        ("429004", ("429000", "420000")),
        ("421224101", ("421224", "421200", "420000")),
    ],
)
def test_ancestors_are_named_nearest_first(code: str, expected: tuple[str, ...]) -> None:
    assert ancestors(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "",
        "42",
        "4212",
        "42122",
        "4212241",
        "42122410",
        "4212241010",
        "021200",
        "42122a",
        "４２１２２４",  # full-width digits are digits to str.isdigit
        " 421224",
        "421224\n",
        "420024",
        "421200101",
        "420000101",
        "421224000",
        "%",
    ],
)
def test_a_bad_code_is_refused_by_every_function(code: str) -> None:
    for function in (validate, prefix, ancestors):
        with pytest.raises(InvalidRegionCode, match="is not a region code"):
            function(code)
    with pytest.raises(InvalidRegionCode):
        contains(code, "421224")
    with pytest.raises(InvalidRegionCode):
        contains("420000", code)


def test_the_error_is_a_value_error_that_carries_the_code() -> None:
    with pytest.raises(ValueError, match="'4212'") as caught:
        validate("4212")
    assert isinstance(caught.value, InvalidRegionCode)
    assert caught.value.code == "4212"


@given(codes)
def test_every_region_contains_itself(code: str) -> None:
    assert contains(code, code)


@given(codes)
def test_every_ancestor_contains_the_region_and_not_the_reverse(code: str) -> None:
    for ancestor in ancestors(code):
        assert contains(ancestor, code)
        assert not contains(code, ancestor)


@given(codes, codes)
def test_contained_means_equal_or_below(scope: str, code: str) -> None:
    assert contains(scope, code) is (scope == code or scope in ancestors(code))


@given(codes, codes)
def test_two_regions_that_share_no_line_share_nothing_below(first: str, second: str) -> None:
    assume(not contains(first, second) and not contains(second, first))
    assert not prefix(first).startswith(prefix(second))
    assert not prefix(second).startswith(prefix(first))


@given(codes)
def test_the_line_of_ancestors_shortens_its_prefix_step_by_step(code: str) -> None:
    lengths = [len(prefix(region)) for region in (code, *ancestors(code))]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) == len(lengths)
