"""expat over a stream of bytes: no entities, no document types, faults as FileFault."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from libs.common.sheets.model import FileFault


@dataclass(frozen=True, slots=True)
class Element:
    """An element's local name and attributes by local name."""

    name: str
    attributes: dict[str, str]

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


def name_of(tag: str) -> str:
    """The local name: some writers prefix every element."""
    return tag.rpartition(":")[2]


def parse(
    chunks: Iterator[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    characters: Callable[[str], None],
    part: str,
) -> Iterator[None]:
    """Feed the chunks to the callbacks; yields after each, so that what they made can be taken."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters

    def refuse(*_: object) -> None:
        raise FileFault("import.workbook_broken", {"part": part})

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
        yield
    except (expat.ExpatError, ValueError) as error:
        raise FileFault("import.workbook_broken", {"part": part}) from error


def elements(chunks: Iterator[bytes], names: Collection[str]) -> Iterator[Element]:
    """The elements of these names, in order."""
    found: list[Element] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = name_of(tag)
        if name in names:
            found.append(Element(name, {name_of(key): value for key, value in attributes.items()}))

    for _ in parse(chunks, start, lambda _: None, lambda _: None, "workbook"):
        yield from found
        found.clear()
    yield from found
