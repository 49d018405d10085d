"""Parts of rules: what cannot work is refused where it stands, the rest always ends."""

import contextlib
import json
import re
import string
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import services.alerts
from libs.common.contracts.alerts import Severity
from libs.common.contracts.energy import EnergyConditionOpenedV1, EnergySituationOpenedV1
from libs.common.expressions import checked, patterns
from libs.common.expressions.refusals import Refused
from services.alerts.warnings.domain import expressions, rules, templates
from services.alerts.warnings.domain.conditions import OPENING
from services.alerts.warnings.domain.differences import Difference, differences
from services.alerts.warnings.domain.fields import described_fields
from services.alerts.warnings.domain.judging import Judgement
from services.alerts.warnings.domain.rules import Rule, RuleInForce, faults
from services.alerts.warnings.domain.writing import named, texts
from tests.unit.alerts.test_alert_rules import rule


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("loudness > 3", "unknown_name", 0),
        ('level > 1 and knd == "spike"', "unknown_name", 14),
        ("level > > 3", "syntax", 8),
        ("level > 3 and", "syntax", 13),
        ("", "syntax", 0),
        ("level > 1 and (level + kind > 3 or level < 2)", "wrong_type", 15),
        ("kind == 3", "wrong_type", 0),
        ('kind in [meter_name.as_upper, "spike"]', "not_allowed", 9),
        ('opened_at > d"yesterday"', "wrong_type", 0),
        ('level > 1 and kind == "spiky"', "unknown_value", 23),
        ('kind in ["spike", "dropp"]', "unknown_value", 19),
        ("level + 1", "not_boolean", 0),
        ("level ** 99999 > 1", "not_allowed", 6),
        ("$now > opened_at", "not_allowed", 0),
        ("level > 1 and $random(9) > 3", "not_allowed", 14),
        ("[x for x in evidence_at] == null", "not_allowed", 3),
        ("meter_name.length > 3", "not_allowed", 0),
        ("level > 3 # why", "not_allowed", 10),
        ("x" * 1001, "too_long", 1000),
        ("level == 1 or " * 60 + "level == 2", "too_many_words", 700),
        ("not (" * 45 + "level == 1" + ")" * 45, "too_deep", None),
        ('meter_name =~ "(a+)+$"', "pattern_explodes", 15),
        ('meter_name =~ "("', "pattern_malformed", 15),
        ('meter_name =~~ "a.*b.*"', "pattern_repeats", 16),
        ("meter_name =~ meter_no", "pattern_not_written", 0),
    ],
)
def test_expression_is_refused_at_its_place_when_it_cannot_work(
    text: str, code: str, position: int | None
) -> None:
    with pytest.raises(expressions.BadExpression) as refused:
        expressions.compiled(text, EnergyConditionOpenedV1)
    assert (refused.value.code, refused.value.position) == (code, position)


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        ("炉.*号", True),
        ("^F-[0-9]{4}$", True),
        ("钢铁|水泥|玻璃", True),
        ("(?i)furnace ?[0-9]+", True),
        ("(a+)+$", False),
        ("(a|a)*b", False),
        ("(.*)(.*)(.*)x", False),
        ("a?" * 8 + "a" * 8, False),
        ("(a|b|ab)" * 5, False),
        (r"(a)\1", False),
        ("(?=a)a", False),
        ("a" * 201, False),
    ],
)
def test_pattern_is_taken_when_its_work_is_bounded(pattern: str, allowed: bool) -> None:
    if allowed:
        patterns.check(pattern, searches=False)
        return
    with pytest.raises(patterns.UnsafePattern):
        patterns.check(pattern, searches=False)


def test_long_text_is_not_searched_when_a_rule_has_a_pattern() -> None:
    text = 'meter_name =~ "a.*b"'
    assert expressions.holds(text, EnergyConditionOpenedV1, {"meter_name": "a" * 400 + "b"})
    assert not expressions.holds(text, EnergyConditionOpenedV1, {"meter_name": "a" * 40_000 + "b"})


def refusal(attempt: Callable[[], Any]) -> Refused | None:
    """The refusal, if there was one; anything else that goes wrong is a failure."""
    try:
        attempt()
    except Refused as refused:
        return refused
    return None


_PIECES = [
    "level",
    "kind",
    "score",
    "nope",
    '"spike"',
    "3",
    "0",
    "(",
    ")",
    "[",
    "]",
    ",",
    " and ",
    " or ",
    " not ",
]
_PIECES += [
    " == ",
    " > ",
    " + ",
    " - ",
    " / ",
    " * ",
    " in ",
    " =~ ",
    "?",
    ":",
    "null",
    "true",
    "'",
    '"',
    "$",
    "~",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_any_text_is_an_expression_or_refused_with_a_place_in_it(text: str) -> None:
    facts = {"level": 1, "kind": "spike", "score": None}
    refused = refusal(lambda: expressions.compiled(text, EnergyConditionOpenedV1))
    if refused is not None:
        assert refused.position is None or 0 <= refused.position <= len(text)
        return
    with contextlib.suppress(expressions.Unanswerable):
        assert expressions.holds(text, EnergyConditionOpenedV1, facts) in (True, False)


_VALUES: Any = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(timezones=st.just(UTC)),
    st.text(max_size=20),
    st.tuples(st.text(max_size=3), st.none()),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["{a}", "{a:,.0f}", "{b:time}", "{b:d}", "{c:word}", "{c}", "{nope}", "{a.b}", "{", "}", "x"]
        ),
        max_size=6,
    ).map("".join),
    st.fixed_dictionaries({"a": _VALUES, "b": _VALUES, "c": _VALUES}),
)
def test_template_that_is_taken_can_always_be_written(template: str, facts: dict[str, object]) -> None:
    refused = refusal(lambda: templates.check(template, frozenset("abc")))
    if refused is not None:
        assert refused.position is not None
        assert 0 <= refused.position <= len(template)
        return
    assert isinstance(templates.render(template, facts, {}), str)


def test_missing_value_is_said_in_the_readers_language_when_there_is_none() -> None:
    facts = {"kw": None, "ratio": float("nan"), "name": ""}
    template = "{kw:,.0f} kW, {ratio:.1f} %, {name}, {absent}"
    assert templates.render(template, facts, {"missing.value": "未知"}) == "未知 kW, 未知 %, 未知, 未知"
    assert templates.render(template, facts, {}) == "unknown kW, unknown %, unknown, unknown"


def test_writing_is_cut_when_values_are_long() -> None:
    assert templates.render("{a}", {"a": "x" * 9000}, {}, longest=10) == "xxxxxxxxx…"
    assert templates.render("{a}", {"a": tuple("abc" * 10)}, {}).endswith(", …")


def judged(known: Rule, **facts: object) -> Judgement:
    return Judgement(RuleInForce("energy.spike", 3, known), Severity.RED, "421224", facts)


def test_labels_are_the_rules_and_the_services_own_when_an_alert_is_named() -> None:
    known = rule(labels={"meter": "{meter_no}", "owner": "{enterprise_name}", "area": "north"}, route="energy")
    about = named(judged(known, meter_id="m1", kind="spike", meter_no="M-1", enterprise_name=None))
    assert about.labels == {
        "meter": "M-1",
        # What is missing is no label: "unknown" would bring strangers together.
        "area": "north",
        "alertname": "energy.spike",
        "rule": "energy.spike",
        "severity": "red",
        "region_code": "421224",
        "object_type": "meter",
        "object_id": "m1",
        "condition_kind": "spike",
        "route": "energy",
    }


@pytest.mark.parametrize(
    ("template", "expected"), [(None, "meter:m1:spike"), ("{enterprise_id}/{kind}", "e1/spike")]
)
def test_key_is_object_and_condition_unless_the_rule_says_otherwise(template: str | None, expected: str) -> None:
    known = rule(dedup_key=template)
    assert named(judged(known, meter_id="m1", kind="spike", enterprise_id="e1")).dedup_key == expected


def test_key_is_bounded_when_its_values_are_long() -> None:
    key = named(judged(rule(dedup_key="{meter_name}"), meter_name="x" * 4000)).dedup_key
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", key)


def test_texts_say_what_is_missing_in_their_own_language() -> None:
    said = texts(judged(rule(), meter_name="F", value_kw=None), {"missing.value": "未知"}, {})
    assert (said["text_zh"], said["text_en"]) == ("未知", "unknown")


@pytest.mark.parametrize(
    "labels",
    [
        {"severity": "red"},
        {"region_code": "x"},
        {"1st": "x"},
        {"a-b": "x"},
        dict.fromkeys(string.ascii_letters, "x"),
    ],
)
def test_labels_are_refused_when_they_are_the_services_own_or_no_names(labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="label"):
        rule(labels=labels)


def test_faults_name_labels_key_and_clearing_when_these_are_wrong() -> None:
    found = faults(
        rule(labels={"x": "{nope}"}, dedup_key="{kind", holds_while="levle > 1", title_en="a {nope}"), OPENING
    )
    assert {(fault.field, fault.code, fault.position) for fault in found} == {
        ("labels/x", "unknown_name", 0),
        ("dedup_key", "template_braces", 0),
        ("holds_while", "unknown_name", 0),
        ("title_en", "unknown_name", 2),
    }


def test_severity_case_does_not_hold_when_its_value_is_absent() -> None:
    known = rule(severity={"cases": [{"when": "gap_percent >= 20", "severity": "red"}], "by_level": {"1": "blue"}})
    facts: dict[str, object] = {"gap_percent": None, "level": 1}
    assert known.severity_of(EnergySituationOpenedV1, facts) is Severity.BLUE
    assert known.severity_of(EnergySituationOpenedV1, facts | {"gap_percent": 21.0}) is Severity.RED


def test_digest_is_the_same_when_only_the_switches_differ() -> None:
    assert rule().digest() == rule(enabled=False, requires_test=True).digest()
    assert rule().digest() != rule(condition="level > 1").digest()


def test_differences_name_each_field_when_revisions_are_compared() -> None:
    before = {"a": 1, "same": 2, "labels": {"x": "1"}, "cases": [{"when": "p"}, {"when": "q"}]}
    after = {"a": 2, "same": 2, "labels": {"x": "1", "y/z": "2"}, "cases": [{"when": "r"}]}
    assert differences(before, after) == [
        Difference("/a", 1, 2),
        Difference("/cases/0/when", "p", "r"),
        Difference("/cases/1", {"when": "q"}, None),
        Difference("/labels/y~1z", None, "2"),
    ]


def test_authors_are_told_names_types_and_values_of_an_event() -> None:
    known = {name: (kind, values) for name, kind, values in described_fields(EnergyConditionOpenedV1)}
    assert known["value_kw"] == ("float", None)
    assert known["opened_at"][0] == "datetime"
    assert "spike" in (known["kind"][1] or [])


def test_every_refusal_has_its_words_in_both_languages() -> None:
    sources = [Path(module.__file__ or "") for module in (checked, patterns, templates, rules)]
    raised = re.compile(r'(?:UnsafePattern|BadExpression|BadTemplate|Fault)\(\s*(?:"[a-z_]+", )?"([a-z_]+)"')
    codes = {code for source in sources for code in raised.findall(source.read_text(encoding="utf-8"))}
    assert len(codes) > 15
    for language in ("en", "zh-CN"):
        catalogue = json.loads(
            (Path(services.alerts.__file__).parent / f"messages/{language}.json").read_text("utf-8")
        )
        assert {f"rule.fault.{code}" for code in codes} <= set(catalogue)
