"""The documents of a bulletin: one model, rendered as Word, PDF and page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.workdays import SHANGHAI
from services.projects.bulletins.domain.document import Document, Front, document_of
from services.projects.bulletins.domain.figures import Figures
from services.projects.bulletins.domain.templates import document_number
from services.projects.bulletins.domain.wording import EN, ZH
from services.projects.bulletins.printing import Format, render
from services.projects.bulletins.repository import bulletins as repository
from services.projects.bulletins.tables import BulletinRow

# What a published bulletin is kept as: the papers in Chinese, the page in both languages.
KEPT: Final = ((Format.PDF, ZH), (Format.DOCX, ZH), (Format.HTML, ZH), (Format.HTML, EN))


@dataclass(frozen=True, slots=True)
class Printed:
    format: Format
    language: str
    content: bytes


async def document_in(session: AsyncSession, row: BulletinRow, language: str, today: date) -> Document:
    """The bulletin's document in a language, as it stands."""
    return compose(row, await repository.figures_of(session, row.id), language, today)


def compose(row: BulletinRow, figures: Figures, language: str, today: date) -> Document:
    """``today`` is the day of a draft; a published one has its own."""
    is_zh = language == ZH
    day = today if row.published_at is None else row.published_at.astimezone(SHANGHAI).date()
    number = (
        ""
        if row.number_seq is None or row.number_year is None
        else document_number(row.number_word or "", row.number_year, row.number_seq)
    )
    front = Front(
        organ=row.template["organ"],
        title=row.title_zh if is_zh else row.title_en,
        number=number,
        addressees=row.template["addressees"],
        signer=row.template["signer"],
        signed=day_zh(day) if is_zh else f"{day:%d %B %Y}",
        copies=row.template["copies"],
        printed=f"{day_zh(day)}印发" if is_zh else f"issued {day:%d %B %Y}",
        notes=_notes(row, language),
        is_draft=row.published_at is None,
        language=language,
        made_on=day,
    )
    return document_of(front, repository.content_of(row.content), figures)


def day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _notes(row: BulletinRow, language: str) -> tuple[str, ...]:
    """Below the text: of when the figures are, and what a later edition says differently."""
    is_zh = language == ZH
    at = _minute(row.figures_at, language)
    notes = [f"注：本通报数据截至{at}。" if is_zh else f"Figures as of {at}."]
    if row.edition > 1:
        notes.append(
            f"本通报为第{row.edition}版，替代此前印发的同期通报。更正原因：{row.reason}。"
            if is_zh
            else f"Edition {row.edition}, in place of the one before. Reason: {row.reason}."
        )
        notes += _change_notes(row, is_zh=is_zh)
    return tuple(notes)


_MOST_NOTED: Final = 12


def _change_notes(row: BulletinRow, *, is_zh: bool) -> list[str]:
    told = [change["zh" if is_zh else "en"] for change in row.changes]
    lines = [
        f"（{place}）{text}；" if is_zh else f"({place}) {text};"
        for place, text in enumerate(told[:_MOST_NOTED], 1)
    ]
    if len(told) > _MOST_NOTED:
        lines.append(f"等共{len(told)}处。" if is_zh else f"{len(told)} changes in all.")
    return lines


def _minute(instant: datetime, language: str) -> str:
    local = instant.astimezone(SHANGHAI)
    return f"{day_zh(local.date())}{local:%H:%M}" if language == ZH else f"{local:%d %B %Y %H:%M}"


async def print_all(documents: Sequence[tuple[Format, Document]]) -> list[Printed]:
    """Rendered beside the event loop: a document takes a tenth of a second of a processor."""

    def rendered() -> list[Printed]:
        return [
            Printed(format, document.front.language, render(document, format)) for format, document in documents
        ]

    return await asyncio.to_thread(rendered)
