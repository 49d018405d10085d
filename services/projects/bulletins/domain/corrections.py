"""What an edition says differently from the one before it, in words that stand in both documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.projects.bulletins.domain.document import Document, PrintedSection, TablePart, TextPart


@dataclass(frozen=True, slots=True)
class Change:
    """``where`` is the section or the table with row and column; empty where something is new or gone."""

    where: str
    before: str
    after: str


def changes_between(old: Document, new: Document) -> list[Change]:
    """Paragraphs and cells that differ, in the order of the new document."""
    before = {_bare(section.heading): section for section in old.sections}
    changes: list[Change] = []
    if old.front.title != new.front.title:
        changes.append(Change("", old.front.title, new.front.title))
    for section in new.sections:
        known = before.pop(_bare(section.heading), None)
        if known is None:
            changes.append(Change(section.heading, "", section.heading))
        else:
            changes += _in_section(known, section)
    changes += [Change(section.heading, section.heading, "") for section in before.values()]
    return changes


def _bare(heading: str) -> str:
    """Without its number, which moves when another section comes or goes."""
    return heading.partition("、")[2] or heading.partition(". ")[2]


def _in_section(old: PrintedSection, new: PrintedSection) -> Iterator[Change]:
    olds = [part.text for part in old.parts if isinstance(part, TextPart)]
    news = [part.text for part in new.parts if isinstance(part, TextPart)]
    gone = [text for text in olds if text not in news]
    come = [text for text in news if text not in olds]
    for place in range(max(len(gone), len(come))):
        yield Change(
            new.heading,
            gone[place] if place < len(gone) else "",
            come[place] if place < len(come) else "",
        )
    tables = {_caption(part): part for part in old.parts if isinstance(part, TablePart)}
    for part in new.parts:
        if isinstance(part, TablePart) and _caption(part) in tables:
            yield from _in_table(tables[_caption(part)], part)


def _caption(part: TablePart) -> str:
    return part.caption.partition("　")[2] or part.caption.partition(". ")[2]


def _in_table(old: TablePart, new: TablePart) -> Iterator[Change]:
    """Cell by cell where a row has the same name; its name is its first cell that is no number."""
    place = next((at for at, head in enumerate(new.heads) if not head.number and head.share > 1), 0)
    before = {row[place]: row for row in old.rows}
    heads = [head.text for head in new.heads]
    for row in new.rows:
        known = before.pop(row[place], None)
        if known is None:
            yield Change(f"{_caption(new)}：{row[place]}", "", "、".join(row))
            continue
        for head, was, now in zip(heads, known, row, strict=False):
            if was != now:
                yield Change(f"{_caption(new)}：{row[place]}{head}", was, now)
    for name, row in before.items():
        yield Change(f"{_caption(new)}：{name}", "、".join(row), "")


def note_zh(change: Change) -> str:
    """A change as a line of the note below the document."""
    where = f"{change.where}：" if change.where else ""
    if not change.before:
        return f"{where}增加“{change.after}”"
    if not change.after:
        return f"{where}删去“{change.before}”"
    return f"{where}“{change.before}”更正为“{change.after}”"


def note_en(change: Change) -> str:
    where = f"{change.where}: " if change.where else ""
    if not change.before:
        return f"{where}“{change.after}” added"
    if not change.after:
        return f"{where}“{change.before}” left out"
    return f"{where}“{change.before}” now reads “{change.after}”"
