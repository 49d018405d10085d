"""A feed's body as columns, whatever format it came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


class UnreadableBody(Exception):
    """Not one row can be told from the next; ``reason`` says where it breaks."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnreadableFile(UnreadableBody):
    """A file that breaks the rules of its format; ``code`` has a message in the catalogues.

    ``line`` counts from 1 (0: the file as a whole), ``pointer`` names the sheet, column or element.
    """

    def __init__(self, code: str, line: int = 0, pointer: str = "", **params: object) -> None:
        super().__init__(f"{code} line={line} {params}")
        self.code = code
        self.line = line
        self.pointer = pointer
        self.params: Mapping[str, object] = {"line": line, **params}


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is not taken. ``line`` counts from 1, ``pointer`` is a JSON pointer within the body or line."""

    line: int
    pointer: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    """What holds for all rows; None where the body does not say."""

    unit: str | None = None
    interval_minutes: int | None = None
    source: str | None = None
    created_at: str | None = None
    # What the values are, where the format says so: a meter of another quantity is not meant.
    quantity: str | None = None
    # Whether the values are of intervals or the state of a register.
    kind: str | None = None
    # What stamps without a zone are: "+08:00", or "meter" for each meter's own standard time.
    zone: str | None = None

    def over(self, outer: Header) -> Header:
        """These facts where given, else those of the request around the body."""
        return Header(
            outer.unit if self.unit is None else self.unit,
            outer.interval_minutes if self.interval_minutes is None else self.interval_minutes,
            outer.source if self.source is None else self.source,
            outer.created_at if self.created_at is None else self.created_at,
            outer.quantity if self.quantity is None else self.quantity,
            outer.kind if self.kind is None else self.kind,
            outer.zone if self.zone is None else self.zone,
        )


@dataclass(frozen=True, slots=True, eq=False)
class CurveBody:
    """``values``: (rows, slots) in the body's unit, NaN where nothing stands; ``qualities``: labels a row."""

    header: Header
    meter_nos: Sequence[str]
    dates: Sequence[str]
    values: NDArray[np.float64]
    lines: NDArray[np.int64]
    qualities: Sequence[Sequence[str] | None] | None = None
    faults: list[Fault] = field(default_factory=list)
    # Where a row stands in the body: "/curves/{n}/…" for JSON, none for CSV.
    pointer_prefix: str = ""
    # Minutes east of UTC of the days; None where they are each meter's own.
    offset_minutes: int | None = None
    # The sheet or the member of an archive that the lines are of.
    place: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ReadingBody:
    """Columns of equal length; ``values`` in the body's unit, ``qualities`` labels (None: measured).

    ``ends``: the stamps name the ends of the intervals, not their starts. ``local``: stamps without a zone are of
    each meter's standard time unless the delivery says otherwise; else they are refused.
    """

    header: Header
    meter_nos: Sequence[str]
    stamps: Sequence[str]
    values: NDArray[np.float64]
    lines: NDArray[np.int64]
    qualities: Sequence[str | None] | None = None
    faults: list[Fault] = field(default_factory=list)
    pointer_prefix: str = ""
    ends: bool = False
    local: bool = False
    place: str = ""


Body = CurveBody | ReadingBody
