"""When a situation that is open is told anew."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from libs.common.contracts.energy import SituationKind
from services.energy.situations.domain.situation import Finding, by_kind

FOUND = Finding(
    kind=SituationKind.SUPPLY_SHORTAGE,
    level=2,
    gap_percent=7.0,
    gap_kw=700.0,
    explanation_zh="缺口 700 千瓦",
    explanation_en="700 kW short",
    restate_points=2.0,
)


@pytest.mark.parametrize(
    ("found", "told_gap", "is_news"),
    [
        (FOUND, 7.0, False),
        (FOUND, 8.9, False),
        (FOUND, 9.0, True),
        (FOUND, 5.0, True),
        (FOUND, None, True),
        (replace(FOUND, gap_percent=None), 7.0, True),
        (replace(FOUND, gap_percent=None), None, False),
        (replace(FOUND, restate_points=None), 7.1, True),
        (replace(FOUND, level=3), 7.0, True),
        (replace(FOUND, reference_on=date(2026, 7, 1)), 7.0, True),
        (replace(FOUND, expected_at=datetime(2026, 7, 1, tzinfo=UTC)), 7.0, True),
        (replace(FOUND, actual=3.0), 7.0, True),
        (replace(FOUND, days=9, explanation_zh="另述", gap_kw=701.0), 7.0, False),
    ],
)
def test_a_finding_is_news_when_people_would_act_on_the_difference(
    found: Finding, told_gap: float | None, is_news: bool
) -> None:
    assert found.is_news(FOUND.told, told_gap) is is_news


def test_a_kind_found_twice_of_one_subject_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        by_kind([FOUND, replace(FOUND, level=3)])
