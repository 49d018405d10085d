"""A condition stated anew: graver, milder, or with other figures; people are paged for what is graver only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStatus, Severity
from libs.common.contracts.base import Event
from services.alerts.escalation import service as escalation
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import Reason
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import Act, TrailKind, gravest, outranks
from services.alerts.trail.labels import relabel
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings import kept, repository
from services.alerts.warnings.domain.fields import as_json
from services.alerts.warnings.domain.judging import Judgement
from services.alerts.warnings.domain.writing import texts
from services.alerts.warnings.wording import words


async def restate(ctx: Context, alert: AlertRow, event: Event[Any], judged: Judgement, *, joins: bool) -> str:
    """Bring a locked live alert in line with the conditions that hold it; their severities are written already.

    The gravest of them decides. Returns what it came to: amended, revised, joined or unchanged.
    """
    before = Severity(alert.severity)
    highest = await _highest(ctx, alert) or judged.severity
    said = texts(judged, words("zh-CN"), words("en"))
    # The gravest condition speaks for the alert; another one only joins it.
    leads = judged.severity == highest and (not joins or outranks(highest, Severity(alert.judged_severity)))
    is_news = leads and _speak(alert, judged, said)
    pages = _weigh(alert, highest)
    if not (is_news or joins or before != alert.severity):
        await ctx.session.flush()
        return "unchanged"
    facts: dict[str, object] = {
        "severity": alert.severity,
        "condition_id": kept.condition_id_of(event),
        "source_event_id": event.id,
        "occurred_at": event.time,
        **said,
    }
    if before != alert.severity:
        facts["from_severity"] = before.value
    await _tell(ctx, alert, TrailKind.AMENDED if pages or joins else TrailKind.REVISED, facts, before, pages=pages)
    if pages:
        return "amended"
    return "joined" if joins else "revised"


async def lessen(ctx: Context, alert: AlertRow) -> None:
    """One of several conditions has ended: what is left decides, and nobody is paged for that."""
    before = Severity(alert.severity)
    highest = await _highest(ctx, alert)
    if highest is None:
        return
    _weigh(alert, highest)
    if before != alert.severity:
        facts = {"severity": alert.severity, "from_severity": before.value}
        await _tell(ctx, alert, TrailKind.REVISED, facts, before, pages=False)


async def _tell(
    ctx: Context,
    alert: AlertRow,
    kind: TrailKind,
    facts: Mapping[str, object],
    before: Severity,
    *,
    pages: bool,
) -> None:
    trail.append(ctx, alert, kind, facts)
    payload = await trail.publish_amended(ctx, alert)
    await notifications.tell_subscribers(ctx, alert, payload)
    if pages:
        await notifications.tell(ctx, alert, payload, Reason.AMENDED, await notifications.told_before(ctx, alert))
    if pages:
        await escalation.raise_severity(ctx, alert)
    elif before != alert.severity:
        await escalation.recompute(ctx, alert)


def _weigh(alert: AlertRow, highest: Severity) -> bool:
    """Take over what the rules say now; answers whether people have to be paged.

    A person's word stands until the conditions become graver than what they were when it was given.
    """
    judged, current = Severity(alert.judged_severity), Severity(alert.severity)
    alert.judged_severity = highest.value
    if outranks(highest, judged):
        decided = max(highest, current, key=list(Severity).index)
        if decided is highest:
            alert.severity_by = None
    elif outranks(judged, highest) and alert.severity_by is None:
        decided = highest
    else:
        return False
    alert.severity = decided.value
    relabel(alert, decided)
    if not outranks(decided, Severity(alert.told_severity)):
        return False
    alert.told_severity = decided.value
    # An acknowledgement was given for less than this.
    trail.require_act(alert, Act.RAISE)
    alert.status = AlertStatus.OPEN.value
    alert.promised_at = None
    return True


def _speak(alert: AlertRow, judged: Judgement, said: dict[str, str]) -> bool:
    facts = as_json(judged.facts)
    is_news = facts != alert.facts or any(getattr(alert, field) != text for field, text in said.items())
    alert.facts = facts
    for field, text in said.items():
        setattr(alert, field, text)
    return is_news


async def _highest(ctx: Context, alert: AlertRow) -> Severity | None:
    return gravest(await repository.list_open_severities(ctx.session, alert.id))
