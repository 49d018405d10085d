"""The nightly look at the audit chain; a broken one is a situation."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from libs.common.context import Context
from libs.common.contracts.energy import SituationKind
from libs.common.registry.queries import home_region
from libs.common.security.audit_watch import look_at_chain
from services.energy.situations.domain.situation import Finding, Subject
from services.energy.situations.service import settle

KINDS: Final = (SituationKind.AUDIT_BROKEN,)
_ID: Final = uuid5(NAMESPACE_URL, "urn:duban:service:energy")


async def check_audit_chain(ctx: Context, _due: datetime) -> None:
    """A job, by night. A site without regions has nobody who could be told: the log has it."""
    broken = await look_at_chain(ctx.session)
    home = await home_region(ctx.session)
    if home is None:
        return
    subject = Subject(type="service", id=_ID, code="energy", name="用能服务", region_code=home)
    found = []
    if broken is not None:
        finding = Finding(
            kind=SituationKind.AUDIT_BROKEN,
            level=2,
            actual=float(broken.faults),
            explanation_zh=broken.explanation_zh,
            explanation_en=broken.explanation_en,
        )
        found.append(finding)
    await settle(ctx, subject, found, judged=KINDS, reason=lambda _row: "holds_again")
