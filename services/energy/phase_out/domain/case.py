"""A case of phase-out (落后产能淘汰): what is below which standard, until when, and what becomes of it (S20).

"要求限期达到规模，对达不到的企业坚决予以关闭": a case is listed with a deadline, passes when it meets its
standard, may be extended with a reason, or is closed: decided, ordered (关停令), served, executed, verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Category(StrEnum):
    """What a standard speaks of: 落后产品 product, 落后工艺 process, 落后设备 equipment, 企业规模 scale."""

    PRODUCT = "product"
    PROCESS = "process"
    EQUIPMENT = "equipment"
    SCALE = "scale"


class Comparator(StrEnum):
    """不低于 at_least, 不高于 at_most, 一律淘汰 banned."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BANNED = "banned"


class Conclusion(StrEnum):
    """达到 met, 未达到 not_met, 无法判定 cannot_tell."""

    MET = "met"
    NOT_MET = "not_met"
    CANNOT_TELL = "cannot_tell"


class Status(StrEnum):
    """整改期内 listed, 已达标 passed, 决定关停 closing, 已下达 ordered, 已送达 served, 已执行 executed,
    已关停 closed, 已撤销 withdrawn.
    """

    LISTED = "listed"
    PASSED = "passed"
    CLOSING = "closing"
    ORDERED = "ordered"
    SERVED = "served"
    EXECUTED = "executed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Something is still to be done."""
        return self not in {Status.PASSED, Status.CLOSED, Status.WITHDRAWN}

    @property
    def is_closing(self) -> bool:
        return self in {Status.CLOSING, Status.ORDERED, Status.SERVED, Status.EXECUTED}


class Verdict(StrEnum):
    """达标 passed, 延期 extended, 关停 close."""

    PASSED = "passed"
    EXTENDED = "extended"
    CLOSE = "close"


class Step(StrEnum):
    """下达 issued, 送达 served, 执行（断电、拆除） executed, 验收 verified, 撤销 withdrawn."""

    ISSUED = "issued"
    SERVED = "served"
    EXECUTED = "executed"
    VERIFIED = "verified"
    WITHDRAWN = "withdrawn"


# Which status a step asks for, and which one it leads to.
STEPS: Final = {
    Step.ISSUED: (Status.CLOSING, Status.ORDERED),
    Step.SERVED: (Status.ORDERED, Status.SERVED),
    Step.EXECUTED: (Status.SERVED, Status.EXECUTED),
    Step.VERIFIED: (Status.EXECUTED, Status.CLOSED),
}
# An order may be taken back until it has been executed: what stands still is not started by a paper.
WITHDRAWABLE: Final = frozenset({Status.ORDERED, Status.SERVED})


@dataclass(frozen=True, slots=True)
class Requirement:
    """What has to be reached, in ``unit`` of the standard; ``value`` None where the thing is banned."""

    comparator: Comparator
    value: float | None

    def judge(self, measured: float | None) -> Conclusion:
        """By a measured figure alone. What is banned is never met by a figure."""
        if self.comparator is Comparator.BANNED:
            return Conclusion.NOT_MET
        if measured is None or self.value is None:
            return Conclusion.CANNOT_TELL
        is_met = measured >= self.value if self.comparator is Comparator.AT_LEAST else measured <= self.value
        return Conclusion.MET if is_met else Conclusion.NOT_MET


@dataclass(frozen=True, slots=True)
class InspectionFact:
    """What an inspection on site concluded, and whether things were running (None: not seen)."""

    inspected_on: date
    conclusion: Conclusion
    measured: float | None = None
    is_running: bool | None = None


def may_pass(inspections: Iterable[InspectionFact], items: Iterable[date | None], comparator: Comparator) -> bool:
    """Whether a case may pass: the newest inspection that could tell found it met, or everything is removed.

    ``items``: when each item was removed, None while it is there. What is banned passes by removal only.
    """
    removed = list(items)
    if removed and all(on is not None for on in removed):
        return True
    if comparator is Comparator.BANNED:
        return False
    telling = [one for one in inspections if one.conclusion is not Conclusion.CANNOT_TELL]
    newest = max(telling, key=lambda one: one.inspected_on, default=None)
    return newest is not None and newest.conclusion is Conclusion.MET
