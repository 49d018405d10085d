"""Matters (审批事项) with the days the law allows and those the authority promises (限时办结)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.approvals.errors import MatterNotOrdered
from services.projects.registry.domain.validity import Dated


class AuthorityLevel(StrEnum):
    """乡镇, 县级, 市级, 省级, 国家."""

    TOWNSHIP = "township"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class RequiredDocument:
    """One paper of the checklist (申请材料); one that is not ``required`` may be left out."""

    code: str
    name: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Matter(Dated):
    """What is decided, by which level, and how fast; days are working days.

    The green channel (绿色通道) shortens the promise to ``green_days`` or to ``green_percent`` of it. ``due_soon``
    is warned of when ``due_soon_days`` are left. ``requires_gate``: granted only if the admission gate is passed.
    """

    code: str
    name: str
    authority_level: AuthorityLevel
    statutory_days: int
    promised_days: int
    unit_id: UUID | None = None
    due_soon_days: int = 1
    green_days: int | None = None
    green_percent: int | None = None
    requires_gate: bool = False
    documents: tuple[RequiredDocument, ...] = ()
    source: str = ""

    @property
    def green_promised_days(self) -> int | None:
        """The promise in the green channel, rounded up to whole days; None where there is none."""
        if self.green_days is not None:
            return self.green_days
        if self.green_percent is None:
            return None
        return -(-self.promised_days * self.green_percent // 100)


def demand_order(matter: Matter) -> None:
    """Raises MatterNotOrdered naming every fault."""
    faults = []
    if matter.promised_days > matter.statutory_days:
        faults.append(FieldError("matter.promise_beyond_law", "/promised_days"))
    if matter.green_days is not None and matter.green_percent is not None:
        faults.append(FieldError("matter.two_green_channels", "/green_percent"))
    if matter.green_days is not None and matter.green_days > matter.promised_days:
        faults.append(FieldError("matter.green_slower", "/green_days"))
    codes = [document.code for document in matter.documents]
    faults += [
        FieldError("matter.document_repeated", f"/documents/{number}/code")
        for number, code in enumerate(codes)
        if code in codes[:number]
    ]
    if faults:
        raise MatterNotOrdered(errors=faults)


def adopt(
    template: Iterable[Matter], own: Iterable[Matter], region_code: str, valid_from: date
) -> tuple[Matter, ...]:
    """The matters of a region from ``valid_from`` on once it adopts a template.

    ``own`` are the region's matters in force on that day. Matters it lacks come from the template; those it has,
    and all others of a level the template speaks of, keep their facts and take the shorter promise: an adoption
    never lengthens one.
    """
    offered = tuple(template)
    present = {matter.code: matter for matter in own}
    promise_of_level: dict[AuthorityLevel, int] = {}
    for matter in offered:
        known = promise_of_level.get(matter.authority_level, 0)
        promise_of_level[matter.authority_level] = max(known, matter.promised_days)
    adopted = {
        matter.code: replace(matter, region_code=region_code, valid_from=valid_from, valid_to=None)
        for matter in offered
        if matter.code not in present
    }
    named = {matter.code: matter.promised_days for matter in offered}
    for matter in present.values():
        promise = named.get(matter.code, promise_of_level.get(matter.authority_level))
        if promise is not None and promise < matter.promised_days:
            adopted[matter.code] = _hurried(matter, promise, valid_from)
    return tuple(adopted.values())


def _hurried(matter: Matter, promise: int, valid_from: date) -> Matter:
    green = None if matter.green_days is None else min(matter.green_days, promise)
    # The entry goes on as long as the one whose place it takes.
    return replace(matter, promised_days=promise, green_days=green, valid_from=valid_from)
