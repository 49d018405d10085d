"""The templates of importable entities in a language."""

from __future__ import annotations

from services.projects.exchange.domain.columns import Column, Kind
from services.projects.exchange.entities.base import ImportEntity
from services.projects.exchange.sheets.templates import (
    TemplateColumn,
    TemplateTexts,
    template_csv,
    template_xlsx,
)
from services.projects.exchange.wording import Words

# Offices think in 万元; the heading says so, and may be changed to 元.
_WAN = 10_000
_NOTES = ("template.note_empty", "template.note_clear", "template.note_money", "template.note_dates")
_HEADINGS = ("heading", "requirement", "kind", "example", "help", "choices")


def template(entity: ImportEntity, words: Words, language: str, form: str) -> bytes:
    """The file; ``form`` is ``xlsx`` or ``csv``."""
    columns = [_column(entity, column, words, language) for column in entity.columns if not column.read_only]
    if form == "csv":
        return template_csv(columns)
    texts = TemplateTexts(
        sheet=words.text(f"entity.{entity.name}", language),
        help_sheet=words.text("template.help", language),
        help_headings=[words.text(f"template.{name}", language) for name in _HEADINGS],
        notes=[words.text(code, language) for code in _NOTES],
    )
    return template_xlsx(columns, texts)


def _column(entity: ImportEntity, column: Column, words: Words, language: str) -> TemplateColumn:
    if column.required:
        requirement = "template.required"
    elif column.on_new:
        requirement = "template.required_when_new"
    else:
        requirement = "template.optional"
    return TemplateColumn(
        heading=words.heading(entity.name, column, language, _WAN),
        help=words.help(entity.name, column.field, language),
        requirement=words.text(requirement, language),
        kind=words.text(f"kind.{column.kind.value}", language),
        example=column.example,
        choices=[] if column.terms is None else [words.term(value, language) for value in column.terms],
        is_date=column.kind is Kind.DATE,
        is_text=column.kind is Kind.TEXT,
    )
