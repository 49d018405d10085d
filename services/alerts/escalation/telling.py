"""Telling a rung: its people, who stands in for them, and what the trail says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertState
from services.alerts.escalation.people import Answer, Answering, answering, place_of
from services.alerts.escalation.setting import Setting
from services.alerts.notifications import repository as told
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import Reason
from services.alerts.notifications.service import Recipient
from services.alerts.rosters import service as rosters
from services.alerts.routing import service as routing
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow


@dataclass(frozen=True, slots=True)
class Reached:
    """Who can be told on a rung, with those who cannot; an empty roster beside."""

    answer: Answer
    recipients: tuple[Recipient, ...]
    stood_in: tuple[Answering, ...]

    @property
    def somebody(self) -> bool:
        return any(recipient.ways for recipient in self.recipients)


async def reach_rung(
    ctx: Context, alert: AlertRow, setting: Setting, rung: int, *, with_backup: bool = False
) -> Reached:
    """The people of a rung with their ways; who has none that works is followed by who stands in."""
    step = setting.policy.rungs[rung]
    answer = await answering(ctx, step, setting.mode, place_of(alert), ctx.now, with_backup=with_backup)
    if answer.gap is not None:
        return Reached(answer, (), ())
    people = [each.person for each in answer.people]
    recipients = await notifications.reach(ctx, people, step.label, alert.region_code)
    stood_in = [each for each in answer.people if each.instead_of is not None]
    return Reached(answer, tuple(recipients), tuple(stood_in))


async def tell_rung(
    ctx: Context,
    alert: AlertRow,
    setting: Setting,
    rung: int,
    reason: Reason,
    payload: AlertState | None,
) -> bool:
    """Tell a rung; `payload` None: it is an escalation, and said so. False when there is nobody to tell."""
    label = setting.policy.rungs[rung].label
    reached = await reach_rung(ctx, alert, setting, rung)
    if not reached.somebody:
        note_nobody(ctx, alert, rung, label, reached)
        return False
    if payload is None:
        trail.append(ctx, alert, TrailKind.ESCALATED, {"post": label, "rung": rung, "reason": reason.value})
        payload = await trail.publish_escalated(ctx, alert, label)
        await notifications.tell_subscribers(ctx, alert, payload)
    await tell(ctx, alert, payload, reason, reached, rung)
    return True


async def tell(
    ctx: Context, alert: AlertRow, payload: AlertState, reason: Reason, reached: Reached, rung: int | None
) -> None:
    """Tell those reached; who stands in for whom is in the trail before."""
    note_stand_ins(ctx, alert, rung, reached.stood_in)
    await notifications.tell(ctx, alert, payload, reason, reached.recipients, step=rung)


async def tell_newcomers(ctx: Context, alert: AlertRow, setting: Setting) -> bool:
    """Whom the present clock brings to the rung that was told already, as the duty roster at night.

    False when the roster has nobody on duty.
    """
    level = alert.escalation_level
    if level < 0 or not setting.policy.rungs[level].rosters:
        return True
    reached = await reach_rung(ctx, alert, setting, level)
    if reached.answer.gap is not None:
        note_nobody(ctx, alert, level, setting.policy.rungs[level].label, reached)
        return False
    known = {person_id for person_id, _ in await told.told(ctx.session, alert.id)}
    new = tuple(
        recipient
        for recipient in reached.recipients
        if recipient.kind == "person" and recipient.person_id not in known
    )
    if new:
        stood_in = tuple(each for each in reached.stood_in if each.person.person_id not in known)
        newly = Reached(reached.answer, new, stood_in)
        await tell(ctx, alert, trail.state_of(alert), Reason.OPENED, newly, level)
    return True


async def reach_promiser(ctx: Context, alert: AlertRow, setting: Setting) -> Reached:
    """Who gave the promise, or stands in; where that is not a person of the registry, the rung that was told."""
    rung = max(alert.escalation_level, 0)
    kind, _, identity = (alert.acknowledged_by or "").partition(":")
    person = await routing.find_person(ctx, UUID(identity)) if kind == "person" else None
    if person is None:
        return await reach_rung(ctx, alert, setting, rung)
    answering_person = Answering(person)
    if await rosters.is_away(ctx, person.person_id, ctx.now):
        found = await rosters.stand_in_of(ctx, person.person_id, ctx.now)
        answering_person = Answering(person) if found is None else Answering(found, person.person_id, "away")
    label = setting.policy.rungs[rung].label
    recipients = await notifications.reach(ctx, [answering_person.person], label, alert.region_code)
    own = tuple(recipient for recipient in recipients if recipient.kind == "person")
    stood_in = (answering_person,) if answering_person.instead_of is not None else ()
    return Reached(Answer((answering_person,)), own, stood_in)


def note_nobody(ctx: Context, alert: AlertRow, rung: int, label: str, reached: Reached) -> None:
    """The trail says why a rung was passed over: an empty roster, or people without a way to reach them."""
    gap = reached.answer.gap
    if gap is not None:
        facts = {
            "post": label,
            "rung": rung,
            "roster": gap.roster.code,
            "missing": [str(one) for one in gap.missing],
        }
        trail.append(ctx, alert, TrailKind.NOBODY_ON_DUTY, facts)
        return
    names = [recipient.name for recipient in reached.recipients if recipient.person_id is None]
    people = [{"person_id": str(one.person_id)} for one in reached.recipients if one.person_id is not None]
    facts = {"post": label, "rung": rung, "names": names, "people": people}
    trail.append(ctx, alert, TrailKind.NOBODY_TO_NOTIFY, facts)


def note_stand_ins(ctx: Context, alert: AlertRow, rung: int | None, stood_in: Sequence[Answering]) -> None:
    if stood_in:
        entries = [
            {
                "person_id": str(each.person.person_id),
                "name": each.person.name,
                "instead_of": str(each.instead_of),
                "because": each.because,
            }
            for each in stood_in
        ]
        trail.append(ctx, alert, TrailKind.STOOD_IN, {"rung": rung, "stand_ins": entries})
