"""Non-response (S21) as a situation: what an enterprise falls short by while an order runs, and once verified."""

from __future__ import annotations

from datetime import datetime

from libs.common.contracts.energy import SituationKind
from services.energy.activations.domain.verification import Verdict
from services.energy.activations.domain.wording import not_met, short
from services.energy.activations.tables import (
    ActivationOrderRow,
    ActivationRow,
    ActivationTrackRow,
    ActivationVerificationRow,
)
from services.energy.situations.domain.situation import Finding, Subject

# While it runs it may still come right; a verdict stays.
_RUNNING, _VERIFIED = 1, 2


def response_subject(activation: ActivationRow, order: ActivationOrderRow) -> Subject:
    """What the response of one enterprise is filed under."""
    return Subject(
        type="activation_order",
        id=order.id,
        code=activation.code,
        name=order.enterprise_name,
        region_code=order.region_code,
        enterprise_id=order.enterprise_id,
    )


def short_finding(
    activation: ActivationRow, order: ActivationOrderRow, track: ActivationTrackRow, at: datetime
) -> Finding:
    """It falls short since ``at``; the figures are those of the beginning, so that it is told once."""
    assert track.latest_ordered_kw is not None
    assert track.told_kw is not None
    zh, en = short(activation.code, order.enterprise_name, track.latest_ordered_kw, track.told_kw, at)
    return Finding(
        kind=SituationKind.NON_RESPONSE,
        level=_RUNNING,
        expected_at=order.starts_at,
        planned=round(track.latest_ordered_kw, 1),
        actual=round(track.told_kw, 1),
        explanation_zh=zh,
        explanation_en=en,
    )


def verified_findings(
    activation: ActivationRow, order: ActivationOrderRow, row: ActivationVerificationRow
) -> tuple[Finding, ...]:
    """What an edition of the verification says of the response."""
    if row.verdict != Verdict.NOT_MET or row.mean_kw is None or row.covered is None:
        return ()
    planned = row.ordered_kwh / (row.wanted_quarters / 4)
    zh, en = not_met(activation.code, order.enterprise_name, planned, row.mean_kw, row.covered)
    return (
        Finding(
            kind=SituationKind.NON_RESPONSE,
            level=_VERIFIED,
            expected_at=order.starts_at,
            planned=round(planned, 1),
            actual=round(row.mean_kw, 1),
            explanation_zh=zh,
            explanation_en=en,
        ),
    )
