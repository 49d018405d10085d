"""What begins and ends with a mute for alerts that are open already: the trail's entry, and the chase going on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from libs.common.context import Context
from services.alerts.escalation import service as escalation
from services.alerts.muting import repository, upkeep
from services.alerts.muting import service as muting
from services.alerts.muting.domain.mutes import Muting, longest
from services.alerts.muting.tables import InhibitionRow, MaintenanceRow, MuteBase, SilenceRow
from services.alerts.notifications import plain
from services.alerts.notifications import service as notifications
from services.alerts.notifications.domain.message import PlainReason
from services.alerts.routing import service as people
from services.alerts.storms.wording import mute_words
from services.alerts.trail import repository as records
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.many import append_to_all

_AT_ONCE = 200


async def keep(ctx: Context) -> int:
    """Bring up to date which live alerts are quiet; answers how many changed. To be called every few seconds."""
    known = await repository.list_muted(ctx.session)
    if not known and (await muting.book_of(ctx)).is_empty:
        return 0
    live = await repository.live_subjects(ctx.session)
    found = await muting.mutings_of_many(ctx, live, live)
    quiet: dict[UUID, Muting] = {}
    for subject in live:
        reason = longest(found.get(subject.key, ()))
        if reason is not None:
            quiet[UUID(subject.key)] = reason
    fresh = {alert_id: reason for alert_id, reason in quiet.items() if alert_id not in known}
    await _begin(ctx, fresh)
    over = sorted(alert_id for alert_id in known if alert_id not in quiet)[:_AT_ONCE]
    for alert_id in over:
        await _end(ctx, alert_id)
    return len(fresh) + len(over)


async def _begin(ctx: Context, fresh: dict[UUID, Muting]) -> None:
    def facts_of(alert_id: UUID) -> dict[str, object]:
        reason = fresh[alert_id]
        return {"kind": reason.kind.value, "source_id": reason.source_id, "until": reason.until}

    await append_to_all(ctx, fresh, TrailKind.MUTED, facts_of)
    for alert_id, reason in sorted(fresh.items()):
        await repository.put_muted(ctx.session, alert_id, reason, ctx.now)


async def _end(ctx: Context, alert_id: UUID) -> None:
    alert = await records.lock(ctx.session, alert_id)
    if alert is None or alert.status == "resolved":
        await repository.delete_muted(ctx.session, alert_id)
        return
    if await muting.settle(ctx, alert) is None:
        await escalation.resume(ctx, alert)
        await ctx.session.flush()


async def look_after_ends(ctx: Context) -> None:
    """Remind authors of what ends soon, and write down what time has ended."""
    for row in (SilenceRow, InhibitionRow, MaintenanceRow):
        for mute in await repository.list_to_remind(ctx.session, row, ctx.now):
            before = timedelta(minutes=mute.remind_minutes or 0)
            if mute.ends_at is not None and mute.ends_at - before <= ctx.now:
                mute.reminded_at = ctx.now
                await _remind(ctx, mute)
    await upkeep.close_ended(ctx)
    await ctx.session.flush()


async def _remind(ctx: Context, mute: MuteBase) -> None:
    """Its author hears of the end; of one whom the registry does not know nothing can be told."""
    person = None if mute.person_id is None else await people.find_person(ctx, mute.person_id)
    if person is None or mute.ends_at is None:
        return
    ends_at, kind = mute.ends_at, str(mute.__tablename__)
    for recipient in await notifications.reach(ctx, [person], "", person.region_code):
        if recipient.person_id is not None:
            await plain.write_plain(
                ctx,
                recipient,
                reason=PlainReason.MUTE_ENDS,
                region_code=person.region_code,
                words_of=lambda way: mute_words(
                    way.language.value, way.kind, kind, str(mute.id), mute.reason, ends_at, person.name
                ),
            )
