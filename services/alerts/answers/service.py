"""Answering by a one-time link, in the name of the person it was sent to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStatus
from libs.common.security.principal import ROLE_SCOPES, Principal, Role
from services.alerts.answers.page import Shown, local
from services.alerts.notifications import receipts, repository, way_repository
from services.alerts.notifications.composing import telling_of
from services.alerts.notifications.domain.message import Language, Reason, facts_of
from services.alerts.notifications.receipts import OpenLink
from services.alerts.notifications.wording import wording
from services.alerts.routing import service as routing
from services.alerts.trail import repository as alerts
from services.alerts.trail.domain.life import is_live
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings import service as warnings

_LINES = ("state", "text", "object", "region", "time")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page says: HTTP status, language, the alert, what became of it, whether it can be answered."""

    status: int
    language: Language
    shown: Shown | None = None
    said: str | None = None
    may_answer: bool = False


async def look(ctx: Context, token: str, console_url: str, language: Language) -> Answer:
    """What the link is about. Changes nothing: previews and scanners of mail open links as well."""
    found = await receipts.find_link(ctx, token)
    if found is None:
        return _unknown(language)
    alert = await alerts.find(ctx.session, found.link.alert_id)
    assert alert is not None
    return await _answer(ctx, found, alert, console_url)


async def acknowledge(ctx: Context, token: str, console_url: str, language: Language) -> Answer:
    """Take the alert up in the name of the link's person, who promises what the policy promises; once."""
    found = await receipts.find_link(ctx, token, lock=True)
    if found is None:
        return _unknown(language)
    alert = await alerts.lock(ctx.session, found.link.alert_id)
    assert alert is not None
    before = await _answer(ctx, found, alert, console_url)
    if not before.may_answer:
        return replace(before, status=409)
    as_person = replace(ctx, principal=_person(found, alert))
    await receipts.mark_read(as_person, found.delivery, "link")
    await warnings.acknowledge_alert(as_person, alert.id, None, None)
    found.delivery.acknowledged_at = ctx.now
    await ctx.session.flush()
    await way_repository.use_link(ctx.session, found.link.token_hash)
    words = wording(before.language)
    said = words["page.done"].format(promised_at=local(alert.promised_at))
    return replace(before, status=200, said=said, may_answer=False)


async def read(ctx: Context, token: str, console_url: str, language: Language) -> Answer:
    """Say that one has read it; the link can still be used to acknowledge."""
    found = await receipts.find_link(ctx, token, lock=True)
    if found is None:
        return _unknown(language)
    alert = await alerts.find(ctx.session, found.link.alert_id)
    assert alert is not None
    before = await _answer(ctx, found, alert, console_url)
    if found.is_expired:
        return replace(before, status=409)
    await receipts.mark_read(replace(ctx, principal=_person(found, alert)), found.delivery, "link")
    return replace(before, status=200, said=before.said or wording(before.language)["page.read_done"])


def _person(found: OpenLink, alert: AlertRow) -> Principal:
    """Whoever holds the link acts as its person, on this alert's region and by this link alone."""
    return Principal(
        subject=f"link:{found.delivery.id}",
        role=Role.OFFICER,
        region_code=alert.region_code,
        scopes=ROLE_SCOPES[Role.OFFICER],
        person_id=found.link.person_id,
    )


def _unknown(language: Language) -> Answer:
    return Answer(404, language, said=wording(language)["page.unknown"])


async def _answer(ctx: Context, found: OpenLink, alert: AlertRow, console_url: str) -> Answer:
    language = Language(found.delivery.language)
    words = wording(language)
    shown = await _shown(ctx, found, alert, language, console_url)
    if found.is_used:
        return Answer(200, language, shown, words["page.used"])
    if found.is_expired:
        return Answer(410, language, shown, words["page.expired"])
    if not is_live(AlertStatus(alert.status)):
        return Answer(200, language, shown, words["page.over"])
    if alert.status != AlertStatus.OPEN:
        by = await _name_of(ctx, alert.acknowledged_by or "")
        return Answer(200, language, shown, words["page.already"].format(by=by))
    return Answer(200, language, shown, may_answer=True)


async def _shown(ctx: Context, found: OpenLink, alert: AlertRow, language: Language, console_url: str) -> Shown:
    assert found.delivery.notification_id is not None
    notification = await repository.get_notification(ctx.session, found.delivery.notification_id)
    words = wording(language)
    telling = telling_of(alert, await routing.region_name(ctx, alert.region_code))
    reason = Reason(notification.reason)
    facts = facts_of(
        telling, reason, language, words, recipient=notification.recipient_name, post=notification.post
    )
    return Shown(
        title=telling.titles[language],
        severity=alert.severity,
        lines=tuple(words[f"line.{name}"].format_map(facts) for name in _LINES),
        recipient=notification.recipient_name,
        console_url=f"{console_url}/alerts/{alert.id}",
        expires_at=found.link.expires_at,
    )


async def _name_of(ctx: Context, actor: str) -> str:
    """The person's name where the trail's actor is one we know."""
    kind, _, identity = actor.partition(":")
    if kind != "person":
        return actor
    return await repository.person_name(ctx.session, identity) or actor
