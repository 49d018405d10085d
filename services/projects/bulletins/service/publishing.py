"""Review and publication: frozen with its figures, numbered, printed once, and told to whom it is for."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, time
from typing import Final
from uuid import UUID

import orjson

from libs.common.context import Context
from libs.common.contracts.projects.bulletins import BulletinAddressee, BulletinFile, BulletinPublishedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.workdays import SHANGHAI
from services.projects.bulletins.domain.corrections import changes_between, note_en, note_zh
from services.projects.bulletins.domain.figures import Figures, Shape
from services.projects.bulletins.domain.templates import document_number
from services.projects.bulletins.domain.wording import EN, ZH
from services.projects.bulletins.errors import (
    BulletinFrozen,
    FiguresChanged,
    FourEyes,
    NothingCorrected,
    NotReviewed,
    PeriodNotOver,
    RecipientsMissing,
)
from services.projects.bulletins.printing import MEDIA_TYPES
from services.projects.bulletins.repository import bulletins as repository
from services.projects.bulletins.repository.catalogue import ADDRESSEES
from services.projects.bulletins.service.drafting import scope_of, template_for
from services.projects.bulletins.service.gathering import gather
from services.projects.bulletins.service.printing import KEPT, compose, print_all
from services.projects.bulletins.service.recording import store
from services.projects.bulletins.tables import BulletinFileRow, BulletinRow
from services.projects.registry.service.work_calendar import load_calendar

_CLOSING: Final = time(18)
_MOST_NAMED: Final = 20


async def review(ctx: Context, row: BulletinRow, note: str, *, passed: bool) -> BulletinRow:
    """Pass a draft, or give it back with a note. Raises FourEyes, BulletinFrozen."""
    if row.status != "draft":
        raise BulletinFrozen(status=row.status)
    if ctx.principal.subject in row.writers:
        raise FourEyes
    if passed:
        row.status, row.reviewed_by, row.reviewed_at = "reviewed", ctx.principal.subject, ctx.now
    row.advance(ctx.now)
    await store(ctx, row, "reviewed" if passed else "returned", note)
    return row


async def publish(ctx: Context, row: BulletinRow, link: str, *, accept_changed: bool) -> BulletinRow:
    """Publish a reviewed bulletin whose row is locked; ``link`` is where people read it.

    Raises NotReviewed, PeriodNotOver, RecipientsMissing, FiguresChanged, NothingCorrected, UnknownCalendarYear.
    """
    period = repository.period_of(row)
    if row.status != "reviewed":
        raise NotReviewed(status=row.status)
    if today_of(ctx) <= period.last_day:
        raise PeriodNotOver(last_on=period.last_day)
    if not row.recipients:
        raise RecipientsMissing
    figures = await repository.figures_of(ctx.session, row.id)
    if not accept_changed:
        await _demand_current(ctx, row, figures)
    old = await _note_changes(ctx, row, figures)
    calendar = await load_calendar(ctx.session)
    due_on = calendar.add_working_days(today_of(ctx), row.template["confirm_days"])
    row.confirm_by = datetime.combine(due_on, _CLOSING, SHANGHAI)
    row.published_at, row.published_by = ctx.now, ctx.principal.subject
    row.number_word, row.number_year = row.template["number_word"], today_of(ctx).year
    # Last of all that may be refused: from here the next number waits for this transaction.
    row.number_seq = await repository.next_number(ctx.session, row.number_word, row.number_year)
    row.status = repository.PUBLISHED
    row.digest = digest_of(figures)
    row.advance(ctx.now)
    if old is not None:
        old.superseded_by_id = row.id
        old.advance(ctx.now)
        await store(ctx, old, "superseded", bulletin_id=str(row.id))
    files = await _print(ctx, row, figures)
    await store(ctx, row, "published", number=number_of(row), accepted_changed=accept_changed)
    await _tell(ctx, row, files, link)
    return row


def number_of(row: BulletinRow) -> str | None:
    """发文字号 of a published bulletin."""
    if row.number_word is None or row.number_year is None or row.number_seq is None:
        return None
    return document_number(row.number_word, row.number_year, row.number_seq)


def digest_of(figures: Figures) -> str:
    """Of all that the figures say; the same for the same figures."""
    stored = {key: repository.stored_figure(figure) for key, figure in figures.items()}
    return hashlib.sha256(orjson.dumps(stored, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def changed_figures(ctx: Context, row: BulletinRow, figures: Figures) -> list[str]:
    """Keys of figures that are others now; names and days are no figures in this sense.

    The rows behind the figures were gathered when the draft was made, and are not again.
    """
    period = repository.period_of(row)
    template = await template_for(ctx, row.region_code, period)
    scope = replace(await scope_of(ctx, row.region_code, period), with_rows=False)
    fresh = (await gather(ctx, template, scope)).figures

    def differs(key: str) -> bool:
        was, now = figures.get(key), fresh.get(key)
        if was is None or now is None:
            return True
        return was.shape is not Shape.TEXT and not was.says_the_same(now)

    return sorted(key for key in figures.keys() | fresh.keys() if differs(key))


async def _demand_current(ctx: Context, row: BulletinRow, figures: Figures) -> None:
    changed = await changed_figures(ctx, row, figures)
    if changed:
        raise FiguresChanged(count=len(changed), keys=changed[:_MOST_NAMED])


async def _note_changes(ctx: Context, row: BulletinRow, figures: Figures) -> BulletinRow | None:
    """What a correction says differently; the edition that it replaces. Raises NothingCorrected."""
    if row.corrects_id is None:
        return None
    old = await repository.get_bulletin(ctx.session, row.corrects_id)
    old_figures = await repository.figures_of(ctx.session, old.id)
    today = today_of(ctx)
    sides = [
        changes_between(compose(old, old_figures, language, today), compose(row, figures, language, today))
        for language in (ZH, EN)
    ]
    if not any(sides):
        raise NothingCorrected(edition=old.edition)
    zh = [note_zh(change) for change in sides[0]]
    en = [note_en(change) for change in sides[1]]
    # Both languages say the same places, unless only one of the texts was edited.
    row.changes = [
        {"zh": zh[place] if place < len(zh) else "", "en": en[place] if place < len(en) else ""}
        for place in range(max(len(zh), len(en)))
    ]
    return old


async def _print(ctx: Context, row: BulletinRow, figures: Figures) -> list[BulletinFileRow]:
    today = today_of(ctx)
    documents = {language: compose(row, figures, language, today) for language in (ZH, EN)}
    printed = await print_all([(format, documents[language]) for format, language in KEPT])
    return [
        await repository.store_file(
            ctx.session,
            row.id,
            ctx.now,
            format=one.format.value,
            language=one.language,
            media_type=MEDIA_TYPES[one.format],
            content=one.content,
        )
        for one in printed
    ]


async def _tell(ctx: Context, row: BulletinRow, files: list[BulletinFileRow], link: str) -> None:
    assert row.confirm_by is not None
    number = number_of(row)
    assert number is not None
    payload = BulletinPublishedV1(
        bulletin_id=row.id,
        kind=row.kind,
        year=row.year,
        number=row.number,
        edition=row.edition,
        corrects_id=row.corrects_id,
        document_number=number,
        title_zh=row.title_zh.replace("\n", ""),
        title_en=row.title_en.replace("\n", " "),
        reason=row.reason,
        changes=len(row.changes),
        confirm_by=row.confirm_by,
        link=link,
        recipients=tuple(addressees_of(row)),
        files=tuple(
            BulletinFile(
                format=one.format,
                language=one.language,
                media_type=one.media_type,
                sha256=one.sha256,
                size_bytes=one.size_bytes,
            )
            for one in files
        ),
    )
    await record_event(ctx, payload, subject=str(row.id), aggregate_version=1, region_code=row.region_code)


def addressees_of(row: BulletinRow) -> list[BulletinAddressee]:
    """The recipients with their regions named: the bulletin's own where the template names none."""
    found = []
    for one in ADDRESSEES.validate_python(row.recipients):
        alone = one.person_id is not None or one.unit_id is not None
        found.append(
            BulletinAddressee(
                person_id=None if one.person_id is None else UUID(one.person_id),
                unit_id=None if one.unit_id is None else UUID(one.unit_id),
                post=one.post,
                region_code=None if alone else one.region_code or row.region_code,
                include_below=one.include_below,
            )
        )
    return found
