"""The story's order and words."""

import io
from typing import Any

import pytest
from rich.console import Console

from deploy.demo.story import Evidence, drawn, moments
from deploy.demo.texts import Language


def evidence() -> Evidence:
    alert: dict[str, Any] = {
        "id": "a1",
        "number": 7,
        "severity": "orange",
        "title_zh": "1号矿热炉用电突增",
        "title_en": "Spike at furnace 1",
        "received_at": "2026-09-15T01:00:06+00:00",
        "facts": {
            "meter_no": "DM1",
            "meter_name": "1号矿热炉（演示）",
            "opened_at": "2026-09-15T00:45:00+00:00",
            "interval_minutes": 15,
            "value_kw": 9200.0,
            "expected_kw": 4500.0,
            "expected_low_kw": 2400.0,
            "expected_high_kw": 6600.0,
            "deviation_percent": 104.4,
            "score": 22.0,
            "condition_id": "c1",
        },
    }
    delivery = {
        "id": "d1",
        "kind": "webhook",
        "target": "http://127.0.0.1:8108/hooks/officer",
        "status": "delivered",
        "attempts": 1,
        "created_at": "2026-09-15T01:00:06+00:00",
        "completed_at": "2026-09-15T01:00:09+00:00",
    }
    notification = {
        "recipient_name": "陈建国（演示）",
        "post": "officer",
        "reason": "opened",
        "created_at": "2026-09-15T01:00:06+00:00",
        "deliveries": [delivery],
    }
    trail = [
        {"kind": "opened", "at": "2026-09-15T01:00:06+00:00", "actor": "system", "facts": {}},
        {
            "kind": "escalated",
            "at": "2026-09-15T01:30:06+00:00",
            "actor": "system",
            "facts": {"post": "leader"},
        },
    ]
    receipt = {"receipt_id": "r1", "received_at": "2026-09-15T01:00:02+00:00", "accepted": 400}
    condition = {"detected_at": "2026-09-15T01:00:04+00:00"}
    return Evidence(alert, trail, [notification], 9200.5, receipt, condition, {"d1": [("x-webhook.json", None)]})


def test_the_story_runs_from_reading_to_escalation() -> None:
    steps = [line.step for line in moments(evidence(), Language.EN)]
    assert steps == [
        "reading",
        "receipt",
        "detection",
        "alert",
        "notification",
        "delivery",
        "escalation",
    ]


@pytest.mark.parametrize(
    ("language", "words", "absent"),
    [
        (Language.ZH_CN, ["读数", "升级督办", "分管领导", "橙色"], ["Escalation"]),
        (Language.EN, ["Reading", "Escalation", "leader", "orange"], ["升级督办"]),
        (Language.BOTH, ["读数", "Reading", "升级督办", "Escalation"], []),
    ],
)
def test_the_story_is_told_in_the_language_asked_for(
    language: Language, words: list[str], absent: list[str]
) -> None:
    page = io.StringIO()
    Console(file=page, width=200).print(drawn(evidence(), language))
    text = page.getvalue()
    assert all(word in text for word in words)
    assert not any(word in text for word in absent)
    # Local stack times, the stored value, and where to look.
    for fact in ("09:00:06", "9,200 kW", "x-webhook.json", "r1"):
        assert fact in text


def test_what_is_not_known_is_left_out() -> None:
    told = evidence()
    told.receipt = told.condition = told.stored_kw = None
    steps = [line.step for line in moments(told, Language.EN)]
    assert "receipt" not in steps
    assert steps[0] == "reading"
