"""Non-response (S21) as a situation: what an enterprise falls short by while an order runs, and once verified."""

from __future__ import annotations

from libs.common.contracts.energy import SituationKind
from services.energy.activations.domain.tracking import Course
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


def short_findings(
    activation: ActivationRow, order: ActivationOrderRow, track: ActivationTrackRow
) -> tuple[Finding, ...]:
    """It falls short; the figures are those of the quarter since which it does, so that it is told once."""
    if track.course != Course.SHORT:
        return ()
    assert track.since is not None
    assert track.since_ordered_kw is not None
    assert track.since_achieved_kw is not None
    figures = (track.since_ordered_kw, track.since_achieved_kw)
    zh, en = short(activation.code, order.enterprise_name, *figures, track.since)
    return (
        Finding(
            kind=SituationKind.NON_RESPONSE,
            level=_RUNNING,
            expected_at=order.starts_at,
            planned=round(figures[0], 1),
            actual=round(figures[1], 1),
            explanation_zh=zh,
            explanation_en=en,
        ),
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
