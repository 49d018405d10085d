"""Bodies that were refused as a whole: nothing of them was taken, and their sender is told in the receipts too."""

from __future__ import annotations

import msgspec

from libs.common.context import Context
from libs.common.web.problems import DomainError
from services.energy.feeds.rejections import storable
from services.energy.feeds.service import Delivery
from services.energy.feeds.tables import ReceiptRow

REFUSED = "refused"
_MAX_ERRORS = 20


def build_refusal(ctx: Context, delivery: Delivery, error: DomainError) -> ReceiptRow:
    """The receipt of a refused body; ``refusal`` holds what its sender was told."""
    principal = ctx.principal
    name = (delivery.header.source or "")[:100]
    refusal = {
        "code": error.code,
        "params": error.params,
        "errors": [
            {"code": fault.code, "pointer": fault.pointer, "params": dict(fault.params)}
            for fault in error.errors[:_MAX_ERRORS]
        ],
    }
    return ReceiptRow(
        id=ctx.new_id(),
        kind=delivery.kind,
        status=REFUSED,
        transport=delivery.transport,
        name=delivery.file_name or None,
        source=f"{principal.subject}/{name if name.isprintable() else ''}",
        subject=principal.subject,
        region_code=principal.region_code,
        enterprise_id=principal.enterprise_id,
        received_at=ctx.now,
        merged_at=ctx.now,
        bytes=len(delivery.body),
        digest=delivery.digest(principal.subject),
        parts=0,
        accepted=0,
        quarantined=0,
        rejected=0,
        rejections=[],
        refusal=storable(msgspec.to_builtins(refusal, enc_hook=str, str_keys=True)),
    )
