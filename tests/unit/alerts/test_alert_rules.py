"""Rules as data: severity, conditions, templates, precedence; no database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from libs.common.contracts.alerts import Severity
from libs.common.contracts.energy import EnergyConditionOpenedV1
from libs.common.contracts.projects import ProjectConditionOpenedV1
from services.alerts.warnings.domain import expressions, templates
from services.alerts.warnings.domain.conditions import OPENING
from services.alerts.warnings.domain.fields import field_names
from services.alerts.warnings.domain.rules import Rule, RuleInForce, SeverityRule, by_precedence, faults

NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)


def rule(**changes: Any) -> Rule:
    values: dict[str, Any] = {
        "name_zh": "用电突增",
        "name_en": "Spike",
        "opened_type": "energy.condition.opened.v1",
        "cleared_type": "energy.condition.cleared.v1",
        "object_type": "meter",
        "object_id": "{meter_id}",
        "condition_kind": "{kind}",
        "title_zh": "{meter_name}",
        "title_en": "{meter_name}",
        "text_zh": "{value_kw:,.0f}",
        "text_en": "{value_kw:,.0f}",
        "policy_code": "energy",
    }
    return Rule(**{**values, **changes})


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (None, "blue"),
        (0, "blue"),
        (1, "yellow"),
        (1.5, "yellow"),
        (2, "orange"),
        (3, "red"),
        (99, "red"),
    ],
)
def test_severity_is_that_of_the_highest_level_reached_when_levels_are_mapped(
    level: float | None, expected: str
) -> None:
    mapping = SeverityRule.model_validate(
        {"by_level": {"1": "yellow", "2": "orange", "3": "red"}, "otherwise": "blue"}
    )
    assert mapping.for_level(level) == expected


@pytest.mark.parametrize(
    ("deviation", "expected"), [(10.0, Severity.YELLOW), (60.0, Severity.ORANGE), (120.0, Severity.RED)]
)
def test_severity_is_that_of_the_first_case_that_holds(deviation: float, expected: Severity) -> None:
    known = rule(
        severity={
            "cases": [
                {"when": "deviation_percent > 100", "severity": "red"},
                {"when": "deviation_percent > 50", "severity": "orange"},
            ],
            "by_level": {1: "yellow"},
        }
    )
    facts = {"deviation_percent": deviation, "level": 1}
    assert known.severity_of(EnergyConditionOpenedV1, facts) is expected


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ('kind == "spike" and level >= 2', {"kind": "spike", "level": 2}, True),
        ('kind == "spike" and level >= 2', {"kind": "spike", "level": 1}, False),
        ("deviation_percent == null", {"deviation_percent": None}, True),
        ("deviation_percent != null and deviation_percent > 3", {"deviation_percent": None}, False),
        ('region_code == "421224"', {"region_code": "421224"}, True),
        ('opened_at > d"2026-01-01T00:00:00+00:00"', {"opened_at": NOON}, True),
        ("true", {}, True),
    ],
)
def test_condition_holds_when_the_facts_say_so(text: str, facts: dict[str, object], expected: bool) -> None:
    assert expressions.holds(text, EnergyConditionOpenedV1, facts) is expected


def test_condition_is_unanswerable_when_a_value_is_absent() -> None:
    with pytest.raises(expressions.Unanswerable):
        expressions.holds("deviation_percent > 3", EnergyConditionOpenedV1, {"deviation_percent": None})


@pytest.mark.parametrize("text", ["nope > 1", "level >", "level + 1", 'kind =~ "(a+)+"', "x" * 1001])
def test_condition_is_refused_when_it_cannot_work(text: str) -> None:
    with pytest.raises(expressions.BadExpression):
        expressions.compiled(text, EnergyConditionOpenedV1)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{value_kw:,.0f} kW", "2,340 kW"),
        ("{deviation_percent:+.0f} %", "+38 %"),
        ("{opened_at:time}", "12:00"),
        ("{opened_at:date}", "2026-09-15"),
        ("{opened_at}", "2026-09-15 12:00"),
        ("{opened_on}", "2026-09-15"),
        ("{days:d} days", "106 days"),
        ("{day_type:word}", "working days"),
        ("{day_type}", "working"),
        ("{missing:,.0f} kW", "unknown kW"),
        ("{{literal}}", "{literal}"),
        ("{name:,.0f}", "{not a field}"),
        # No loop either: two braces are one.
        ("{{ range . }}{name}{{ end }}", "{ range . }{not a field}{ end }"),
    ],
)
def test_template_writes_values_the_way_people_read_them(template: str, expected: str) -> None:
    facts = {
        "value_kw": 2340.4,
        "deviation_percent": 38.2,
        "opened_at": NOON,
        "opened_on": date(2026, 9, 15),
        "days": 106,
        "day_type": "working",
        "missing": None,
        # What stands in a name is text, whatever it looks like.
        "name": "{not a field}",
    }
    assert templates.render(template, facts, {"day_type.working": "working days"}) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{nope}",
        "{meter_no.x}",
        "{meter_no[0]}",
        "{meter_no!r}",
        "{value_kw:{level}}",
        "{value_kw:>9}",
        "{",
        "{0}",
        # Loops of other template languages are no fields.
        "{% for x in range(1000000000) %}x{% endfor %}",
    ],
)
def test_template_is_refused_when_it_reaches_beyond_its_fields(template: str) -> None:
    with pytest.raises(templates.BadTemplate):
        templates.check(template, field_names(EnergyConditionOpenedV1))


def test_faults_name_each_field_when_a_rule_is_wrong_in_several() -> None:
    found = faults(rule(condition="nope", title_zh="{nope}", cleared_type="x.y.v1"), OPENING)
    assert {fault.field for fault in found} == {"condition", "title_zh", "cleared_type"}
    assert faults(rule(), OPENING) == []
    project = rule(
        opened_type="projects.condition.opened.v1",
        cleared_type="projects.condition.cleared.v1",
        condition='kind == "stalled" and days > threshold_days',
        object_id="{project_id}",
        title_zh="{project_name}",
        title_en="{project_name}",
        text_zh="{days:d}",
        text_en="{reference_on}",
    )
    assert faults(project, OPENING) == []
    assert expressions.holds(project.condition, ProjectConditionOpenedV1, _project_facts())


def _project_facts() -> dict[str, object]:
    return {"kind": "stalled", "days": 91, "threshold_days": 90, "project_id": str(uuid4())}


def test_rule_of_the_narrowest_region_decides_when_several_apply() -> None:
    rules = [
        RuleInForce("everywhere", 1, rule(priority=1)),
        RuleInForce("province", 1, rule(region_code="420000")),
        RuleInForce("county", 1, rule(region_code="421224", priority=900)),
        RuleInForce("other", 1, rule(region_code="421221")),
        RuleInForce("off", 1, rule(region_code="421224", enabled=False)),
        RuleInForce("county-first", 1, rule(region_code="421224", priority=5)),
    ]
    order = [known.code for known in by_precedence(rules, "421224101")]
    assert order == ["county-first", "county", "province", "everywhere"]
    assert [known.code for known in by_precedence(rules, "nonsense")] == ["everywhere"]


@pytest.mark.parametrize(("hours", "expected"), [(None, False), (72, False), (24, True)])
def test_event_is_too_old_when_its_age_exceeds_the_rule(hours: float | None, expected: bool) -> None:
    assert rule(max_event_age_hours=hours).is_too_old(NOON - timedelta(hours=48), NOON) is expected


@pytest.mark.parametrize(
    "changes",
    [
        {"region_code": "42"},
        {"object_type": "Meter!"},
        {"colour": "red"},
        {"severity": {"otherwise": "purple"}},
        {"cleared_type": "energy.condition.opened.v1"},
    ],
)
def test_rule_is_refused_when_its_form_is_wrong(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule(**changes)
