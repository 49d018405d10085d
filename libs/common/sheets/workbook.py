"""XLSX as it stands in its archive: values, formulas without one, errors, date formats, merged and hidden.

Read by expat in a stream, row by row: a workbook of 100 MB costs its shared texts and one row. Entities and
document types are refused, and so is an archive that unpacks to more than it may.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from libs.common.sheets.cells import Broken, Cell, Number
from libs.common.sheets.model import Book, FileFault, Limits, Sheet, SheetRow, column_index
from libs.common.sheets.styles import Style, read_styles
from libs.common.sheets.xml import elements, name_of, parse

_CHUNK = 256 * 1024
_MAX_PARTS = 5_000
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})[\"']")
_OVERLAP = 200
_MAX_MERGED = 1_000


def read_workbook(path: Path | IO[bytes], limits: Limits) -> Book:
    """Raises FileFault: not an archive, not a workbook, too large when unpacked, or broken."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise FileFault("import.not_a_workbook") from error
    infos = archive.infolist()
    if len(infos) > _MAX_PARTS or sum(info.file_size for info in infos) > limits.expanded_bytes:
        raise FileFault("import.expands_too_far", {"limit_mb": limits.expanded_bytes // 2**20})
    if any(info.flag_bits & 0x1 for info in infos):
        raise FileFault("import.password_protected")
    return _Workbook(archive, limits).read()


class _Workbook:
    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._names = {name.lstrip("/").casefold(): name for name in archive.namelist()}
        self._unpacked = 0
        self._texts: list[str] = []
        self._styles: list[Style] = []

    def read(self) -> Book:
        start = self._part("xl/workbook.xml")
        if start is None:
            raise FileFault("import.not_a_workbook")
        sheets: list[tuple[str, str, bool]] = []
        date1904 = False
        for element in elements(self._chunks(start), {"workbookPr", "sheet"}):
            if element.name == "workbookPr":
                date1904 = element.get("date1904") in {"1", "true"}
            else:
                is_hidden = element.get("state") in {"hidden", "veryHidden"}
                sheets.append((element.get("name"), element.get("id"), is_hidden))
        targets = self._relations()
        if (part := self._part("xl/styles.xml")) is not None:
            self._styles = read_styles(self._chunks(part))
        if (part := self._part("xl/sharedStrings.xml")) is not None:
            self._texts = _shared_texts(self._chunks(part))
        found = [
            self._sheet(name, part, hidden)
            for name, relation, hidden in sheets
            if (part := self._part(targets.get(relation, ""))) is not None
        ]
        if not found:
            raise FileFault("import.no_sheet")
        return Book(tuple(found), date1904)

    def _sheet(self, name: str, part: str, hidden: bool) -> Sheet:
        def rows() -> Iterator[SheetRow]:
            self._unpacked = 0
            reader = _Rows(name, self._texts, self._styles, self._limits)
            return reader.read(self._chunks(part))

        return Sheet(name, rows, hidden, self._merged(part))

    def _relations(self) -> dict[str, str]:
        part = self._part("xl/_rels/workbook.xml.rels")
        if part is None:
            raise FileFault("import.not_a_workbook")
        targets: dict[str, str] = {}
        for element in elements(self._chunks(part), {"Relationship"}):
            target = element.get("Target")
            path = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            targets[element.get("Id")] = path
        return targets

    def _part(self, name: str) -> str | None:
        return self._names.get(name.casefold())

    def _merged(self, part: str) -> tuple[str, ...]:
        # They stand behind the rows they concern, so they are looked for before; also finds out what unpacks.
        ranges: dict[str, None] = {}
        rest = b""
        for chunk in self._chunks(part):
            text = rest + chunk
            for match in _MERGED.finditer(text):
                ranges[match[1].decode()] = None
            rest = text[-_OVERLAP:]
            if len(ranges) > _MAX_MERGED:
                break
        return tuple(ranges)

    def _chunks(self, part: str) -> Iterator[bytes]:
        try:
            with self._archive.open(part) as stream:
                yield from self._counted(stream)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise FileFault("import.workbook_broken", {"part": part}) from error
        except Exception as error:
            # zlib.error is no subclass of any of these.
            if type(error).__module__ == "zlib":
                raise FileFault("import.workbook_broken", {"part": part}) from error
            raise

    def _counted(self, stream: IO[bytes]) -> Iterator[bytes]:
        while chunk := stream.read(_CHUNK):
            self._unpacked += len(chunk)
            if self._unpacked > self._limits.expanded_bytes:
                raise FileFault("import.expands_too_far", {"limit_mb": self._limits.expanded_bytes // 2**20})
            yield chunk


def _shared_texts(chunks: Iterator[bytes]) -> list[str]:
    """Texts by number; runs of a rich text are joined, readings of characters (rPh) left out."""
    texts: list[str] = []
    current: list[str] = []
    inside = {"t": False, "rPh": False}

    def start(tag: str, _attributes: dict[str, str]) -> None:
        name = name_of(tag)
        if name == "si":
            current.clear()
        elif name in inside:
            inside[name] = True

    def end(tag: str) -> None:
        name = name_of(tag)
        if name == "si":
            texts.append("".join(current))
        elif name in inside:
            inside[name] = False

    def characters(data: str) -> None:
        if inside["t"] and not inside["rPh"]:
            current.append(data)

    for _ in parse(chunks, start, end, characters, "xl/sharedStrings.xml"):
        pass
    return texts


class _Rows:
    """The rows of one sheet; the callbacks of expat fill ``_done``."""

    def __init__(self, sheet: str, texts: list[str], styles: list[Style], limits: Limits) -> None:
        self._sheet = sheet
        self._texts = texts
        self._styles = styles
        self._limits = limits
        self._done: list[SheetRow] = []
        self._number = 0
        self._cells: list[Cell] = []
        self._column = -1
        self._type = "n"
        self._style = -1
        self._has_formula = False
        self._value: list[str] | None = None
        self._reads = False

    def read(self, chunks: Iterator[bytes]) -> Iterator[SheetRow]:
        for _ in parse(chunks, self._start, self._end, self._characters, self._sheet):
            yield from self._done
            self._done.clear()
        yield from self._done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag if ":" not in tag else name_of(tag)
        if name == "c":
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else column_index(reference)
            self._type = attributes.get("t", "n")
            style = attributes.get("s")
            self._style = -1 if style is None else int(style)
            self._has_formula = False
            self._value = None
        elif name in {"v", "t"}:
            self._value = self._value or []
            self._reads = True
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._reads = False
        elif name == "row":
            number = attributes.get("r")
            self._number = self._number + 1 if number is None else int(number)
            self._cells = []
            self._column = -1

    def _characters(self, data: str) -> None:
        if self._reads and self._value is not None:
            self._value.append(data)

    def _end(self, tag: str) -> None:
        name = tag if ":" not in tag else name_of(tag)
        if name in {"v", "t"}:
            self._reads = False
        elif name == "c":
            cell = self._cell()
            if cell is None:
                return
            if self._column >= self._limits.columns:
                limit = {"limit": self._limits.columns}
                raise FileFault("import.too_many_columns", limit, self._sheet, self._number)
            missing = self._column - len(self._cells)
            if missing > 0:
                self._cells.extend([None] * missing)
            self._cells.append(cell)
        elif name == "row" and self._cells:
            self._done.append(SheetRow(self._number, self._cells))

    def _cell(self) -> Cell:
        text = "".join(self._value) if self._value is not None else ""
        match self._type:
            case "e":
                return Broken("import.cell_error", text[:20] or "#ERROR")
            case _ if self._has_formula and text == "" and self._type != "str":
                return Broken("import.formula_without_value", "=")
            case "s":
                return self._shared(text)
            case "b":
                return text.strip() == "1"
            case "str" | "inlineStr" | "d":
                return text or None
            case _:
                return self._numeric(text)

    def _shared(self, text: str) -> Cell:
        try:
            return self._texts[int(text)] or None
        except (ValueError, IndexError):
            return Broken("import.cell_error", "#TEXT")

    def _numeric(self, text: str) -> Cell:
        if not text:
            return None
        style = self._styles[self._style] if 0 <= self._style < len(self._styles) else Style.PLAIN
        return Number(text.strip(), style is Style.DATE, style is Style.PERCENT)
