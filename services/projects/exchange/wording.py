"""Words of tables in both languages: titles of columns, terms, and what is wrong with a cell."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from libs.common.web.catalogue import LANGUAGES, Catalogue
from libs.common.web.problems import DomainError, FieldError, MalformedRequest
from services.projects.exchange.domain.columns import Column, Headings, Kind
from services.projects.exchange.entities.base import RowFault

CHINESE, ENGLISH = LANGUAGES
_UNIT_NAMES = {CHINESE: {1: "元", 10_000: "万元"}, ENGLISH: {1: "yuan", 10_000: "10k yuan"}}

Texts = tuple[str, str]


class Words:
    """What a catalogue says of entities and their columns."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def title(self, entity: str, field: str, language: str) -> str:
        """The column's title; its own name where nobody has given it one."""
        message = self._catalogue.find(f"column.{entity}.{field}", language) or self._catalogue.find(
            f"column.{field}", language
        )
        return field if message is None else message.title

    def titles(self, entity: str, field: str) -> list[str]:
        """The column's titles in all languages."""
        return [self.title(entity, field, language) for language in LANGUAGES]

    def help(self, entity: str, field: str, language: str) -> str:
        """What the template says about the column beside its title, "" for nothing."""
        message = self._catalogue.find(f"column.{entity}.{field}", language) or self._catalogue.find(
            f"column.{field}", language
        )
        return "" if message is None else message.detail

    def heading(self, entity: str, column: Column, language: str, factor: int = 1) -> str:
        """The title as it stands above a column: money says its unit."""
        title = self.title(entity, column.field, language)
        if column.kind is not Kind.MONEY:
            return title
        unit = _UNIT_NAMES[language][factor]
        return f"{title}（{unit}）" if language == CHINESE else f"{title} ({unit})"

    def headings(self, entity: str, columns: Sequence[Column]) -> Headings:
        return Headings(columns, {column.field: self.titles(entity, column.field) for column in columns})

    def text(self, code: str, language: str, params: Mapping[str, object] | None = None) -> str:
        return self._catalogue.title(code, language, params)

    def detail(self, code: str, language: str, params: Mapping[str, object]) -> str:
        return self._catalogue.detail(code, language, params)

    def term(self, value: Enum, language: str) -> str:
        """An enumeration's value in words."""
        message = self._catalogue.find(f"term.{type(value).__name__}.{value.value}", language)
        return str(value.value) if message is None else message.title

    def terms(self, columns: Sequence[Column]) -> dict[str, dict[str, str]]:
        """Value by what people write, for each enumeration of the columns: its name, or its word in a language."""
        known: dict[str, dict[str, str]] = {}
        for kind in {column.terms for column in columns if column.terms is not None}:
            words = known.setdefault(kind.__name__, {})
            for value in kind:
                for name in (str(value.value), *(self.term(value, language) for language in LANGUAGES)):
                    words[unicodedata.normalize("NFKC", name).casefold()] = str(value.value)
        return known

    def both(self, code: str, params: Mapping[str, object]) -> Texts:
        """A fault's text in Chinese and English."""
        return self._both(_known_code(self._catalogue, code), params)

    def _both(self, code: str, params: Mapping[str, object]) -> Texts:
        chinese, english = (self._catalogue.title(code, language, params) for language in LANGUAGES)
        return chinese, english

    def faults(self, error: DomainError | ValidationError) -> list[tuple[str, str, Texts]]:
        """An error of a row as (field, code, texts), one for each field it names; field "" for the row itself."""
        if isinstance(error, ValidationError):
            return [self._of_validation(one) for one in error.errors(include_url=False)]
        is_about_fields = isinstance(error, RowFault | MalformedRequest)
        own = ("", "") if is_about_fields else self._of_error(error)
        if not error.errors:
            return [("", error.code, own if own[0] else self.both(error.code, error.params))]
        return [self._of_field(one, error, own, is_about_fields) for one in error.errors]

    def _of_field(
        self, one: FieldError, error: DomainError, own: Texts, is_about_fields: bool
    ) -> tuple[str, str, Texts]:
        code = _known_code(self._catalogue, one.code)
        first, second = self._both(code, one.params)
        texts = (first, second) if is_about_fields else (f"{first}{own[0]}", f"{second} {own[1]}")
        return one.pointer.removeprefix("/"), code if is_about_fields else error.code, texts

    def _of_error(self, error: DomainError) -> Texts:
        texts = [
            self._catalogue.detail(error.code, language, error.params)
            or self._catalogue.title(error.code, language, error.params)
            for language in LANGUAGES
        ]
        return texts[0], texts[1]

    def _of_validation(self, fault: Any) -> tuple[str, str, Texts]:
        code = _known_code(self._catalogue, str(fault["type"]))
        params = {**(fault.get("ctx") or {}), "message": fault["msg"]}
        field = "/".join(str(part) for part in fault["loc"])
        return field, code, self._both(code, params)


def _known_code(catalogue: Catalogue, code: str) -> str:
    for name in (code, f"field.{code}"):
        if catalogue.find(name, ENGLISH) is not None:
            return name
    return "field.invalid"


@lru_cache(maxsize=4)
def words_of(catalogue: Catalogue) -> Words:
    """One :class:`Words` a catalogue."""
    return Words(catalogue)
