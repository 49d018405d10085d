"""What silences, routes and filters ask of labels, in both notations, whatever people write."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.routing.domain.fingerprints import fingerprint
from services.alerts.routing.domain.matchers import BadMatcher, Matcher, all_match, check
from services.alerts.routing.domain.notation import parse_matcher, parse_matchers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alertname=test", Matcher("alertname", "test")),
        ('alertname="test"', Matcher("alertname", "test")),
        ('{alertname!="a, b"}', Matcher("alertname", "a, b", is_equal=False)),
        ("  severity =~ red|orange ", Matcher("severity", "red|orange", is_regex=True)),
        ('instance!~"10\\\\..*"', Matcher("instance", "10\\..*", is_regex=True, is_equal=False)),
        ("区域=通山县", Matcher("区域", "通山县")),
        ('"\\xf0\\x9f\\x99\\x82"=dΘ', Matcher("🙂", "dΘ")),
        ('"\\u901a\\u5c71"="x"', Matcher("通山", "x")),
        ('alertname="{alertname=test3}"', Matcher("alertname", "{alertname=test3}")),
        # What the newer notation refuses is read as the classic one.
        ("foo=", Matcher("foo", "")),
        ("a==b", Matcher("a", "=b")),
    ],
)
def test_matcher_is_read_when_written_as_clients_write_it(text: str, expected: Matcher) -> None:
    assert parse_matcher(text) == expected


@pytest.mark.parametrize("text", ["", "foo", "=bar", 'a="b" c="d"', 'a="unended', "{a=b", '"\\xzz"=b', "a=b,,c=d"])
def test_matcher_is_refused_when_it_makes_no_sense(text: str) -> None:
    with pytest.raises(BadMatcher):
        parse_matcher(text)


def test_names_beyond_ascii_are_refused_when_the_notation_is_classic() -> None:
    assert parse_matcher("foo=bar", classic=True) == Matcher("foo", "bar")
    with pytest.raises(BadMatcher):
        parse_matcher("区域=bar", classic=True)


@given(
    st.lists(
        st.tuples(
            st.text(
                st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1
            ),
            st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])),
            st.booleans(),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_matchers_read_back_the_same_when_written(parts: list[tuple[str, str, bool, bool]]) -> None:
    matchers = [Matcher(*part) for part in parts]
    assert parse_matchers("{" + ",".join(map(str, matchers)) + "}") == matchers


def test_absent_label_counts_as_empty_when_asked() -> None:
    assert all_match([Matcher("a", ""), Matcher("b", "x", is_equal=False)], {})
    assert Matcher("a", "x|", is_regex=True).matches({})
    assert not Matcher("a", ".+", is_regex=True).matches({})


def test_pattern_covers_the_whole_value_when_matched() -> None:
    assert not Matcher("a", "b", is_regex=True).matches({"a": "abc"})
    assert Matcher("a", "a|b", is_regex=True).matches({"a": "b"})


@pytest.mark.parametrize("pattern", ["(((", "a{1001}", "(?=a)", "\\1", "x" * 1001, "(" * 900 + ")" * 900 + "("])
def test_pattern_is_refused_when_it_cannot_be_matched_in_bounded_time(pattern: str) -> None:
    with pytest.raises(BadMatcher):
        check([Matcher("a", pattern, is_regex=True)], needs_one=False)


def test_explosive_pattern_ends_soon_when_matched() -> None:
    # A backtracking engine would need 2^40 steps for this.
    begun = time.process_time()
    assert not Matcher("a", "(a+)+$", is_regex=True).matches({"a": "a" * 5000 + "b"})
    assert time.process_time() - begun < 1


def test_matchers_are_refused_when_none_of_them_narrows() -> None:
    with pytest.raises(BadMatcher):
        check([Matcher("a", ".*", is_regex=True), Matcher("b", "")])
    check([Matcher("a", ".*", is_regex=True), Matcher("b", "c")])


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, "cbf29ce484222325"),
        # Read off an Alertmanager 0.25.
        ({"alertname": "x", "severity": "critical"}, "2531c3c2583840d8"),
    ],
)
def test_fingerprint_is_prometheus_own_when_computed(labels: dict[str, str], expected: str) -> None:
    assert fingerprint(labels) == expected
