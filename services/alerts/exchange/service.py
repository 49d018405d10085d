"""Making messages of alerts, and keeping who sends them and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import AlertStatus, Severity
from services.alerts.exchange import repository
from services.alerts.exchange.domain import national
from services.alerts.exchange.domain.message import (
    EventKind,
    Message,
    Profile,
    Reference,
    Scope,
    Status,
    message_type,
)
from services.alerts.exchange.errors import MessageNotFound, MisplacedSenderCode, SenderCodeMissing
from services.alerts.exchange.repository import Version
from services.alerts.exchange.tables import EventKindRow, ExchangeProfileRow
from services.alerts.routing import service as routing
from services.alerts.trail import repository as alerts
from services.alerts.trail.errors import AlertNotFound
from services.alerts.trail.service import actor_of
from services.alerts.trail.tables import AlertRow

# How many seconds are looked through for a free identifier: a storm fills ten a second.
_SECONDS_TRIED = 3600


@dataclass(frozen=True, slots=True)
class NationalDocument:
    """The national form of a message, with its identifier and the name of its file."""

    identifier: str
    file_name: str
    body: bytes


async def message_of(ctx: Context, alert_id: UUID, version: int | None = None) -> Message:
    """A version of an alert as a message, the newest without a number. Raises AlertNotFound, MessageNotFound."""
    alert = await alerts.find_visible(ctx.session, ctx.principal, alert_id)
    if alert is None:
        raise AlertNotFound
    versions = await repository.versions_of(ctx.session, alert_id)
    if version is None and not versions:
        # Of an old alert the versions are forgotten; how it stands is known for ever.
        return await _message(ctx, alert, None, [])
    wanted = versions[-1].version if version is None else version
    chosen = next((each for each in versions if each.version == wanted), None)
    if chosen is None:
        raise MessageNotFound
    return await _message(ctx, alert, chosen, [each for each in versions if each.version < wanted])


async def national_of(ctx: Context, alert_id: UUID, version: int | None = None) -> NationalDocument:
    """The message in the national form; its identifier is given now if it has none.

    Raises AlertNotFound, MessageNotFound, SenderCodeMissing.
    """
    message = await message_of(ctx, alert_id, version)
    if not message.profile.sender_code:
        raise SenderCodeMissing(region_code=message.region_code)
    for reference in (*message.references[:1], Reference(message.version, message.sent)):
        await _give_identifier(ctx, message, alert_id, reference)
    given = {row.version: row.identifier for row in await repository.list_national(ctx.session, alert_id)}
    own = given[message.version]
    earlier = [given[number] for number in sorted(given) if number < message.version]
    return NationalDocument(own, national.file_name(message, own), national.document(message, own, earlier))


async def save_profile(ctx: Context, region_code: str, facts: dict[str, Any]) -> ExchangeProfileRow:
    """Set who sends for a region ("" for everywhere). Raises MisplacedSenderCode."""
    code = facts.get("sender_code")
    if code and region_code and not code.startswith(region_code[:6]):
        raise MisplacedSenderCode(sender_code=code, region_code=region_code)
    row = await repository.get_profile(ctx.session, region_code, lock=True)
    values = {**facts, "changed_by": actor_of(ctx.principal), "changed_at": ctx.now}
    if row is None:
        row = ExchangeProfileRow(region_code=region_code, **values)
        ctx.session.add(row)
    else:
        _set(row, values)
    await ctx.session.flush()
    return row


async def save_kind(ctx: Context, condition_kind: str, facts: dict[str, Any]) -> EventKindRow:
    """Set what a kind of condition is called outside ("" for all without a name of their own)."""
    row = await repository.get_kind(ctx.session, condition_kind, lock=True)
    values = {**facts, "changed_by": actor_of(ctx.principal), "changed_at": ctx.now}
    if row is None:
        row = EventKindRow(condition_kind=condition_kind, **values)
        ctx.session.add(row)
    else:
        _set(row, values)
    await ctx.session.flush()
    return row


def _set(row: ExchangeProfileRow | EventKindRow, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1


async def _message(ctx: Context, alert: AlertRow, chosen: Version | None, earlier: Sequence[Version]) -> Message:
    state = _state_of(alert) if chosen is None else chosen.state
    version = alert.version if chosen is None else chosen.version
    sent = alert.updated_at if chosen is None else chosen.at
    status = AlertStatus(state["status"])
    texts = await repository.texts_at(ctx.session, alert.id, sent)
    # The opening is known for ever; of the others what is still remembered.
    references = [Reference(1, alert.received_at)] if version > 1 else []
    references += [Reference(each.version, each.at) for each in earlier if each.version > 1]
    return Message(
        alert_id=str(alert.id),
        version=version,
        number=alert.number or 0,
        type=message_type(version, status),
        sent=sent,
        severity=Severity(state["severity"]),
        status=status,
        title_zh=state["title_zh"],
        title_en=state["title_en"],
        text_zh=texts.get("text_zh") or alert.text_zh,
        text_en=texts.get("text_en") or alert.text_en,
        region_code=alert.region_code,
        region_name=await routing.region_name(ctx, alert.region_code),
        occurred_at=alert.occurred_at,
        rule_code=alert.rule_code,
        object_name=alert.object_name or alert.object_label or alert.object_id,
        resolution=alert.resolution if status is AlertStatus.RESOLVED else None,
        labels={name: str(value) for name, value in (state.get("labels") or {}).items()},
        references=tuple(references),
        profile=await _profile(ctx, alert.region_code),
        kind=await _kind(ctx, alert.condition_kind),
    )


def _state_of(alert: AlertRow) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in ("severity", "status", "title_zh", "title_en")}


async def _profile(ctx: Context, region_code: str) -> Profile:
    row = await repository.find_profile(ctx.session, region_code)
    assert row is not None, "the profile for everywhere is shipped"
    return Profile(
        cap_sender=row.cap_sender,
        sender_name_zh=row.sender_name_zh,
        sender_name_en=row.sender_name_en,
        sender_code=row.sender_code or "",
        status=Status(row.status),
        scope=Scope(row.scope),
        restriction_zh=row.restriction_zh,
        contact=row.contact,
        web=row.web,
    )


async def _kind(ctx: Context, condition_kind: str) -> EventKind:
    row = await repository.find_kind(ctx.session, condition_kind)
    assert row is not None, "the kind that speaks for all others is shipped"
    return EventKind(row.event_code, row.name_zh, row.name_en, row.cap_category, row.certainty)


async def _give_identifier(ctx: Context, message: Message, alert_id: UUID, reference: Reference) -> None:
    if await repository.find_national(ctx.session, alert_id, reference.version) is not None:
        return
    code = message.profile.sender_code
    for seconds in range(_SECONDS_TRIED):
        for place in range(10):
            identifier = national.identifier(code, reference.sent + timedelta(seconds=seconds), place)
            if await repository.claim_national(ctx.session, alert_id, reference.version, identifier, ctx.now):
                return
        if await repository.find_national(ctx.session, alert_id, reference.version) is not None:
            # Somebody else gave it one at the same moment.
            return
