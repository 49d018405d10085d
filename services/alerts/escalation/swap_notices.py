"""Telling of swaps of duty: whoever is asked, and whoever has asked when the other side has answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.alerts import Severity
from libs.common.registry.queries import Person
from libs.common.workdays import SHANGHAI
from services.alerts.notifications import plain
from services.alerts.notifications import service as notifications
from services.alerts.notifications.composing import envelope
from services.alerts.notifications.domain.kinds import Form, traits_of
from services.alerts.notifications.domain.message import Language, PlainReason
from services.alerts.notifications.service import Way
from services.alerts.notifications.wording import wording
from services.alerts.rosters import repository as rosters
from services.alerts.rosters.tables import RosterRow, SwapRow
from services.alerts.routing import service as people

# What the giver's side does; the taker is asked, and hears that it was taken back.
_BY_GIVER = frozenset({"proposed", "withdrawn"})


async def tell_of_swaps(ctx: Context, due_at: datetime) -> None:
    """A job: each new state of a swap is told once, in the transaction that remembers it."""
    for row, roster in await rosters.lock_untold_swaps(ctx.session):
        row.told_state = row.state
        for person_id in _to_be_told(row):
            person = await people.find_person(ctx, person_id)
            if person is not None:
                await _tell(ctx, row, roster, person)
    await ctx.session.flush()


def _to_be_told(row: SwapRow) -> list[UUID]:
    """The other side; both of them where somebody answered who keeps the roster. Nobody is told of his own act."""
    concerned = [row.taker_id] if row.state in _BY_GIVER else [row.giver_id, row.taker_id]
    actor = row.answered_by or row.proposed_by
    return [person_id for person_id in concerned if actor != f"person:{person_id}"]


async def _tell(ctx: Context, row: SwapRow, roster: RosterRow, person: Person) -> None:
    names = await rosters.names(ctx.session, {row.giver_id, row.taker_id})

    def words_of(way: Way, notification_id: UUID) -> tuple[str, str]:
        subject, sentence = _words(way.language, row, roster, names)
        greeting = wording(way.language)["mail.greeting"].format(recipient=person.name)
        match traits_of(way.kind).form:
            case Form.ENVELOPE:
                data = {
                    "swap_id": str(row.id),
                    "state": row.state,
                    "roster": roster.code,
                    "giver_id": str(row.giver_id),
                    "taker_id": str(row.taker_id),
                    "text": sentence,
                }
                return subject, envelope(ctx, way, "duty.swap", data, identity=notification_id)
            case Form.SMS | Form.VOICE | Form.PUSH:
                return subject, sentence
            case _:
                return subject, f"{greeting}\n\n{sentence}\n"

    for recipient in await notifications.reach(ctx, [person], "", person.region_code):
        if recipient.person_id == person.person_id:
            await plain.write_plain(
                ctx,
                recipient,
                reason=PlainReason.DUTY_SWAP,
                region_code=roster.region_code,
                severity=Severity.YELLOW,
                words_of=words_of,
            )


def _words(language: Language, row: SwapRow, roster: RosterRow, names: dict[UUID, str]) -> tuple[str, str]:
    words = wording(language)
    facts = {
        "roster": roster.name_zh if language is Language.ZH_CN else roster.name_en,
        "role": words[f"swap.role.{row.role}"],
        "giver": names.get(row.giver_id, "–"),
        "taker": names.get(row.taker_id, "–"),
        "other": names.get(row.giver_id if row.state in _BY_GIVER else row.taker_id, "–"),
        "gives": _span(row.gives_from, row.gives_until),
        "takes": "" if row.takes_from is None else _span(row.takes_from, row.takes_until),
        "reason": row.reason,
        "note": row.answer_note or "–",
    }
    facts["what"] = words["swap.given" if row.takes_from is None else "swap.exchanged"].format_map(facts)
    subject = words[f"swap.subject.{row.state}"].format_map(facts)
    return " ".join(subject.split()), words[f"swap.text.{row.state}"].format_map(facts)


def _span(start: datetime, end: datetime | None) -> str:
    first = start.astimezone(SHANGHAI)
    last = (end or start).astimezone(SHANGHAI)
    pattern = "%H:%M" if last.date() == first.date() else "%m-%d %H:%M"
    return f"{first:%Y-%m-%d %H:%M}–{last.strftime(pattern)}"
