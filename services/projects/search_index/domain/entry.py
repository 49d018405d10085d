"""What may be found: one entry for each thing, with the texts it is found by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class EntryType(StrEnum):
    """项目 project, 企业 enterprise, 单位 unit, 人员职务 person, 问题 problem, 会议纪要 meeting, 文件 document,
    批示 instruction, 招商线索 lead, 园区 park, 审批件 approval case, 企业诉求 request.
    """

    PROJECT = "project"
    ENTERPRISE = "enterprise"
    UNIT = "unit"
    PERSON = "person"
    PROBLEM = "problem"
    MEETING = "meeting"
    DOCUMENT = "document"
    INSTRUCTION = "instruction"
    LEAD = "lead"
    PARK = "park"
    APPROVAL_CASE = "approval_case"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Entry:
    """``title`` is what it is called, ``code`` what it is numbered, ``body`` everything else it is found by.

    It is seen by whoever may see ``region_code`` (None: nobody but those whom no region limits) and, if bound to
    an enterprise, only as ``enterprise_id``; ``offices_only`` keeps it from enterprises altogether, and
    ``also_regions`` (see :func:`listed`) are further regions whose offices see it. ``path`` is where the thing is
    read; ``project_id`` the project it belongs to, whose enterprise is its own. ``version`` is that of the thing's
    row: what was read before another change never replaces what that change wrote.
    """

    type: EntryType
    id: UUID
    title: str
    path: str
    region_code: str | None
    version: int
    code: str = ""
    body: str = ""
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    offices_only: bool = False
    also_regions: str = ""


def listed(region_codes: Iterable[str]) -> str:
    """Regions as one text, in order, a blank before each, so that a subtree is looked for by its prefix."""
    return "".join(f" {code}" for code in sorted(set(region_codes)))
