"""Whether an alert is quiet, and what is written when it becomes so and when it ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.context import Context
from libs.common.registry.queries import work_calendar
from libs.common.workdays import WorkCalendar
from services.alerts.muting import repository
from services.alerts.muting.domain.mutes import (
    InhibitionIndex,
    MuteBook,
    MuteKind,
    Muting,
    Subject,
    longest,
)
from services.alerts.routing.tokens import ReadMostly
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.tables import AlertRow

_BOOK: ReadMostly[MuteBook] = ReadMostly("mutes", repository.load_book)

# An inhibition ends when its source does, which nobody can tell beforehand: the chase looks again this often.
LOOK_AGAIN = timedelta(minutes=1)
_NO_CALENDAR = WorkCalendar()
_ASKED = "alerts.quiet"


async def book_of(ctx: Context) -> MuteBook:
    return await _BOOK.get(ctx.session)


async def changed(ctx: Context) -> None:
    """To be called with every change of a silence, an inhibition rule or a maintenance window."""
    await _BOOK.changed(ctx.session)
    ctx.session.info.pop(_ASKED, None)


async def muting_of(ctx: Context, alert: AlertRow) -> Muting | None:
    """Why the alert is quiet now, the reason that lasts longest; None when it is not."""
    return longest(await mutings_of(ctx, alert))


async def mutings_of(ctx: Context, alert: AlertRow) -> list[Muting]:
    """Everything that keeps the alert quiet now."""
    return await mutings(ctx, repository.subject_of(alert))


async def mutings(ctx: Context, subject: Subject) -> list[Muting]:
    book = await book_of(ctx)
    found = book.by_time(subject, ctx.now, await calendar_of(ctx, book))
    for rule in book.aimed_at(subject, ctx.now):
        sources = await repository.live_sources(ctx.session, rule, subject)
        if any(rule.inhibits(source, subject, ctx.now) for source in sources):
            found.append(Muting(MuteKind.INHIBITION, rule.id, None))
    return found


async def mutings_of_many(
    ctx: Context, subjects: Sequence[Subject], live: Iterable[Subject] | None = None
) -> dict[str, list[Muting]]:
    """What keeps each of many subjects quiet, by its key.

    `live` are those that may inhibit, looked up if not given.
    """
    book = await book_of(ctx)
    if book.is_empty or not subjects:
        return {}
    calendar = await calendar_of(ctx, book)
    aimed = [rule for rule in book.inhibitions if any(rule.may_be_target(one, ctx.now) for one in subjects)]
    if live is None:
        live = await repository.live_of_rules(ctx.session, aimed)
    index = InhibitionIndex(aimed, live, ctx.now)
    found: dict[str, list[Muting]] = {}
    for subject in subjects:
        mutes = book.by_time(subject, ctx.now, calendar)
        mutes += [Muting(MuteKind.INHIBITION, rule.id, None) for rule, _ in index.inhibitors(subject)]
        if mutes:
            found[subject.key] = mutes
    return found


async def mutings_of_alerts(ctx: Context, alerts: Sequence[AlertRow]) -> dict[UUID, list[Muting]]:
    """Everything that keeps each of the alerts quiet now; those that nothing does are left out."""
    found = await mutings_of_many(ctx, [repository.subject_of(alert) for alert in alerts])
    return {UUID(key): mutes for key, mutes in found.items()}


async def calendar_of(ctx: Context, book: MuteBook) -> WorkCalendar:
    """The calendar, read only where something asks for it."""
    return await work_calendar(ctx.session) if book.maintenances else _NO_CALENDAR


async def is_quiet(ctx: Context, alert: AlertRow) -> bool:
    """Whether nobody is to be told of the (locked) alert; what begins or ends with this is in the trail.

    Asked several times with one change of an alert, it is looked up once: a transaction has one instant.
    """
    known: dict[tuple[UUID, str], bool] = ctx.session.info.setdefault(_ASKED, {})
    asked = (alert.id, alert.severity)
    if asked not in known:
        known[asked] = await settle(ctx, alert) is not None
    return known[asked]


async def is_known_quiet(ctx: Context, alert: AlertRow) -> bool:
    """Whether the alert was quiet when it was last looked at."""
    return await repository.find_muted(ctx.session, alert.id) is not None


async def settle(ctx: Context, alert: AlertRow) -> Muting | None:
    """Bring what is written of the locked alert's quiet up to date; answers why it is quiet, if it is."""
    muting = await muting_of(ctx, alert)
    ctx.session.info.setdefault(_ASKED, {})[(alert.id, alert.severity)] = muting is not None
    known = await repository.find_muted(ctx.session, alert.id)
    if muting is None:
        if known is not None:
            await repository.delete_muted(ctx.session, alert.id)
            facts = {"kind": known.kind, "source_id": known.source_id, "muted_since": known.since}
            trail.append(ctx, alert, TrailKind.UNMUTED, facts)
            await ctx.session.flush()
        return None
    is_same = known is not None and (known.kind, known.source_id) == (muting.kind.value, muting.source_id)
    if known is None or not is_same or known.until != muting.until:
        await repository.put_muted(ctx.session, alert.id, muting, ctx.now)
    if not is_same:
        facts = {"kind": muting.kind.value, "source_id": muting.source_id, "until": muting.until}
        trail.append(ctx, alert, TrailKind.MUTED, facts)
        await ctx.session.flush()
    return muting


def look_again_at(ctx: Context, muting: Muting) -> datetime:
    """When what waits for a quiet alert is to look whether it still is."""
    return ctx.now + LOOK_AGAIN if muting.until is None else max(muting.until, ctx.now + timedelta(seconds=1))
