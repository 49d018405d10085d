"""Drafts: generated from the figures, refreshed, edited, discarded; corrections of what was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.projects.bulletins.domain.content import Paragraph
from services.projects.bulletins.domain.editing import (
    carry_over,
    faults_of,
    numbers_in,
    with_paragraph,
    written_by_hand,
)
from services.projects.bulletins.domain.facts import BulletinScope
from services.projects.bulletins.domain.periods import BulletinPeriod
from services.projects.bulletins.domain.templates import Addressee, Template, addressee_faults
from services.projects.bulletins.errors import (
    BlockUnknown,
    BulletinExists,
    NotPublished,
    PeriodNotBegun,
    PeriodUnknown,
    Superseded,
    TemplateMalformed,
    TemplateMissing,
    TextRefused,
)
from services.projects.bulletins.repository import bulletins as repository
from services.projects.bulletins.repository import catalogue
from services.projects.bulletins.service.gathering import gather
from services.projects.bulletins.service.recording import name_of_caller, note_writer, store
from services.projects.bulletins.tables import BulletinRow
from services.projects.economy.domain.months import last_day
from services.projects.registry.domain.validity import in_force
from services.projects.registry.repository import lock_key, names_of_entries
from services.projects.registry.service.placing import columns_of
from services.projects.registry.service.recording import demand_region
from services.projects.targets.service.scoping import demand_person, demand_unit


@dataclass(frozen=True, slots=True)
class Refreshed:
    """``lost`` are edited paragraphs that could not be kept: what they speak of is no more."""

    row: BulletinRow
    lost: tuple[str, ...]


async def create_draft(ctx: Context, region_code: str, period: BulletinPeriod) -> BulletinRow:
    """Generate the bulletin of a period.

    Raises PeriodUnknown, PeriodNotBegun, TemplateMissing, BulletinExists, NotFound, UnknownRegion, RuleMissing.
    """
    await demand_region(ctx, region_code)
    _demand_period(ctx, period)
    await lock_key(ctx.session, "bulletin", _place(region_code, period))
    standing = await repository.of_period(ctx.session, region_code, period)
    if standing:
        raise BulletinExists(
            status=standing[0].status, edition=standing[0].edition, bulletin_id=str(standing[0].id)
        )
    return await _generate(ctx, region_code, period, None, "")


async def correct(ctx: Context, row: BulletinRow, reason: str) -> Refreshed:
    """Begin the next edition of a published bulletin: figures as they are now, edited texts kept.

    Raises NotPublished, Superseded, BulletinExists, TemplateMissing.
    """
    ensure_region(ctx.principal, row.region_code)
    if row.status != repository.PUBLISHED:
        raise NotPublished(status=row.status)
    if row.superseded_by_id is not None:
        raise Superseded(superseded_by_id=str(row.superseded_by_id))
    period = repository.period_of(row)
    await lock_key(ctx.session, "bulletin", _place(row.region_code, period))
    standing = await repository.of_period(ctx.session, row.region_code, period)
    if standing[0].id != row.id:
        raise BulletinExists(
            status=standing[0].status, edition=standing[0].edition, bulletin_id=str(standing[0].id)
        )
    made = await _generate(ctx, row.region_code, period, row, reason)
    carried = carry_over(
        repository.content_of(row.content),
        repository.content_of(made.content),
        await repository.figures_of(ctx.session, made.id),
    )
    made.content = repository.stored_content(carried.content)
    await ctx.session.flush()
    return Refreshed(made, carried.lost)


async def refresh(ctx: Context, row: BulletinRow) -> Refreshed:
    """The draft with figures as they are now; texts that people wrote stay. Raises what generating raises."""
    period = repository.period_of(row)
    template = await template_for(ctx, row.region_code, period)
    gathered = await gather(ctx, template, await scope_of(ctx, row.region_code, period))
    carried = carry_over(repository.content_of(row.content), gathered.content, gathered.figures)
    row.content = repository.stored_content(carried.content)
    row.figures_at = ctx.now
    await repository.replace_figures(ctx.session, row.id, gathered.figures, gathered.rows)
    note_writer(ctx, row)
    row.advance(ctx.now)
    await store(ctx, row, "refreshed", lost=list(carried.lost))
    return Refreshed(row, carried.lost)


async def edit_paragraph(ctx: Context, row: BulletinRow, block_id: str, zh: str, en: str) -> BulletinRow:
    """Write a paragraph's texts. Raises BlockUnknown, TextRefused naming each number that is none of a figure."""
    content = repository.content_of(row.content)
    block = content.find(block_id)
    if not isinstance(block, Paragraph):
        raise BlockUnknown(block_id=block_id)
    known = await repository.figures_of(ctx.session, row.id)
    errors = [
        FieldError(fault.code, f"/{name}", {"found": fault.found})
        for name, text in (("zh", zh), ("en", en))
        for fault in faults_of(text, known)
    ]
    if errors:
        raise TextRefused(errors=errors)
    author = await name_of_caller(ctx)
    edited = replace(block, zh=zh, en=en, edited_by=ctx.principal.subject, edited_name=author)
    row.content = repository.stored_content(with_paragraph(content, edited))
    note_writer(ctx, row)
    row.advance(ctx.now)
    by_hand = written_by_hand(zh) or written_by_hand(en)
    facts: dict[str, Any] = {
        "block_id": block_id,
        "by_hand": by_hand,
        "before": [block.zh, block.en],
        "after": [zh, en],
    }
    await store(ctx, row, "edited", **facts)
    return row


async def amend(
    ctx: Context, row: BulletinRow, facts: dict[str, Any], recipients: Sequence[Addressee] | None
) -> BulletinRow:
    """Change titles, addressees and recipients. Raises TextRefused, TemplateMalformed, EntryUnknown."""
    errors = []
    for name in ("title_zh", "title_en"):
        if name in facts:
            # A title may say its own period's numbers and no others.
            added = [one for one in numbers_in(facts[name]) if one not in numbers_in(getattr(row, name))]
            errors += [FieldError("bulletin.number_written", f"/{name}", {"found": one}) for one in added]
            setattr(row, name, facts[name])
    if errors:
        raise TextRefused(errors=errors)
    changed = {name: facts[name] for name in ("addressees", "copies") if name in facts}
    if changed:
        row.template = row.template | changed
    if recipients is not None:
        await demand_recipients(ctx, recipients)
        row.recipients = [columns_of(one) for one in recipients]
    note_writer(ctx, row)
    row.advance(ctx.now)
    await store(ctx, row, "amended", fields=sorted({*facts, *([] if recipients is None else ["recipients"])}))
    return row


async def discard(ctx: Context, row: BulletinRow, reason: str) -> BulletinRow:
    """Give a draft up; its period may have another."""
    row.status, row.reviewed_by, row.reviewed_at = "discarded", None, None
    row.advance(ctx.now)
    await store(ctx, row, "discarded", reason)
    return row


async def demand_recipients(ctx: Context, recipients: Sequence[Addressee]) -> None:
    """Raises TemplateMalformed, EntryUnknown, NotFound, UnknownRegion."""
    faults = addressee_faults(recipients)
    if faults:
        raise TemplateMalformed(errors=faults)
    for place, one in enumerate(recipients):
        pointer = f"/recipients/{place}"
        await demand_unit(ctx, one.unit_uuid, f"{pointer}/unit_id")
        await demand_person(ctx, one.person_uuid, f"{pointer}/person_id")
        if one.region_code is not None:
            await demand_region(ctx, one.region_code, f"{pointer}/region_code")


async def template_for(ctx: Context, region_code: str, period: BulletinPeriod) -> Template:
    """The template in force at the period's end. Raises TemplateMissing."""
    rows = await catalogue.templates_of_kind(ctx.session, period.kind)
    found = in_force([catalogue.template_of(row) for row in rows], region_code, period.last_day)
    if found is None:
        raise TemplateMissing(kind=period.kind, region_code=region_code, on=period.last_day)
    return found


async def scope_of(ctx: Context, region_code: str, period: BulletinPeriod) -> BulletinScope:
    names = await names_of_entries(ctx.session, "region", [region_code])
    return BulletinScope(region_code, names.get(region_code, region_code), period, today_of(ctx))


def _place(region_code: str, period: BulletinPeriod) -> str:
    return f"{region_code}:{period.kind.value}:{period.year}:{period.number}"


def _demand_period(ctx: Context, period: BulletinPeriod) -> None:
    if not period.exists:
        fault = FieldError("bulletin.number_range", "/number", {"most": period.kind.numbers})
        raise PeriodUnknown(kind=period.kind, number=period.number, errors=[fault])
    begins = last_day(period.first_month)
    if today_of(ctx) <= begins:
        raise PeriodNotBegun(first_month_ends=begins)


async def _generate(
    ctx: Context, region_code: str, period: BulletinPeriod, corrects: BulletinRow | None, reason: str
) -> BulletinRow:
    rows = await catalogue.templates_of_kind(ctx.session, period.kind)
    template = await template_for(ctx, region_code, period)
    template_id = next(row.id for row in rows if catalogue.template_of(row) == template)
    scope = await scope_of(ctx, region_code, period)
    gathered = await gather(ctx, template, scope)
    title_zh, title_en = template.titles(period, scope.region_name)
    row = BulletinRow(
        id=ctx.new_id(),
        version=1,
        updated_at=ctx.now,
        region_code=region_code,
        region_name=scope.region_name,
        kind=period.kind.value,
        year=period.year,
        number=period.number,
        edition=1 if corrects is None else corrects.edition + 1,
        corrects_id=None if corrects is None else corrects.id,
        reason=reason,
        status="draft",
        title_zh=title_zh if corrects is None else corrects.title_zh,
        title_en=title_en if corrects is None else corrects.title_en,
        template_id=template_id,
        template={
            name: getattr(template, name) for name in ("organ", "signer", "number_word", "addressees", "copies")
        }
        | {"confirm_days": template.confirm_days},
        recipients=[columns_of(one) for one in template.recipients] if corrects is None else corrects.recipients,
        content=repository.stored_content(gathered.content),
        figures_at=ctx.now,
        writers=[ctx.principal.subject],
        created_by=ctx.principal.subject,
        created_at=ctx.now,
        changes=[],
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await repository.replace_figures(ctx.session, row.id, gathered.figures, gathered.rows)
    await store(ctx, row, "generated" if corrects is None else "correction_begun", reason)
    return row
