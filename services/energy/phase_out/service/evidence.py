"""Photos and papers of a case: bytes by their digest, or references to where they are kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.energy.phase_out import repository
from services.energy.phase_out.act_tables import PhaseOutEvidenceRow
from services.energy.phase_out.errors import EvidenceRefused
from services.energy.phase_out.service.recording import amended, check_past
from services.energy.phase_out.tables import PhaseOutCaseRow, PhaseOutItemRow, PhaseOutMilestoneRow

# Small ones are kept here; what is larger belongs to the documents of a project, and is referred to.
MAX_BYTES: Final = 5 * 2**20


class EvidenceKind(StrEnum):
    """照片 photo, 文件 document, 检测报告 report, 回执 receipt."""

    PHOTO = "photo"
    DOCUMENT = "document"
    REPORT = "report"
    RECEIPT = "receipt"


# The bytes decide what a file is; what is not listed is not kept.
_HEADS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)
_TAILS: Final = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND", "application/pdf": b"%%EOF"}
_TAIL_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """What is said of a piece of evidence."""

    kind: EvidenceKind
    title: str
    taken_on: date | None = None
    milestone_id: UUID | None = None
    item_id: UUID | None = None


def media_type_of(data: bytes) -> str:
    """JPEG, PNG or PDF by its bytes, and whole. Raises EvidenceRefused."""
    if not data or len(data) > MAX_BYTES:
        raise EvidenceRefused(size=len(data), limit=MAX_BYTES)
    found = next((media for head, media in _HEADS if data.startswith(head)), None)
    if found is None:
        raise EvidenceRefused(size=len(data), limit=MAX_BYTES, errors=[FieldError("phase_out.evidence_kind")])
    if _TAILS[found] not in data[-_TAIL_BYTES:]:
        raise EvidenceRefused(size=len(data), limit=MAX_BYTES, errors=[FieldError("phase_out.evidence_damaged")])
    return found


async def add_bytes(ctx: Context, case: PhaseOutCaseRow, facts: EvidenceFacts, data: bytes) -> PhaseOutEvidenceRow:
    """Keep a photo or paper of a locked case; of one that ended too: proof may come late.

    Raises EvidenceRefused, DateInvalid, CasePartNotFound.
    """
    media_type = media_type_of(data)
    digest = hashlib.sha256(data).hexdigest()
    row = await _row(ctx, case, facts)
    await repository.store_content(ctx.session, digest, data, ctx.now)
    row.content_sha256, row.media_type, row.size_bytes = digest, media_type, len(data)
    return await _add(ctx, case, row)


async def add_reference(
    ctx: Context, case: PhaseOutCaseRow, facts: EvidenceFacts, reference: str, sha256: str | None
) -> PhaseOutEvidenceRow:
    """Name where a paper of a locked case is kept. Raises DateInvalid, CasePartNotFound."""
    row = await _row(ctx, case, facts)
    row.reference, row.reference_sha256 = reference, sha256
    return await _add(ctx, case, row)


async def withdraw_evidence(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutEvidenceRow, reason: str
) -> PhaseOutEvidenceRow:
    """A piece of evidence of a locked case counts no more; its bytes stay for those who audit."""
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = ctx.now, ctx.principal.subject, reason
        await amended(ctx, case, "evidence")
    return row


async def _row(ctx: Context, case: PhaseOutCaseRow, facts: EvidenceFacts) -> PhaseOutEvidenceRow:
    if facts.taken_on is not None:
        check_past(ctx, "taken_on", facts.taken_on)
    if facts.milestone_id is not None:
        await repository.get_part(ctx.session, PhaseOutMilestoneRow, case, facts.milestone_id)
    if facts.item_id is not None:
        await repository.get_part(ctx.session, PhaseOutItemRow, case, facts.item_id)
    return PhaseOutEvidenceRow(
        id=ctx.new_id(),
        case_id=case.id,
        milestone_id=facts.milestone_id,
        item_id=facts.item_id,
        kind=facts.kind.value,
        title=facts.title,
        taken_on=facts.taken_on,
        enterprise_id=ctx.principal.enterprise_id,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )


async def _add(ctx: Context, case: PhaseOutCaseRow, row: PhaseOutEvidenceRow) -> PhaseOutEvidenceRow:
    ctx.session.add(row)
    await ctx.session.flush()
    await amended(ctx, case, "evidence")
    return row
