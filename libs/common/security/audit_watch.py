"""The nightly look at the whole chain, in words that people are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.security.audit import ChainReport, verify_chain

log = structlog.get_logger(__name__)

FAULTS = Gauge("duban_audit_chain_faults", "Faults of the audit chain at the last look at all of it")

_TOLD: Final = 3


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """How much does not hold, and a sentence with the first places."""

    faults: int
    explanation_zh: str
    explanation_en: str


async def look_at_chain(session: AsyncSession) -> BrokenChain | None:
    """Verify all of the service's chain; None when it is whole."""
    report = await verify_chain(session)
    FAULTS.set(len(report.faults))
    head = None if report.head is None else report.head.hash
    log.info("audit.verified", links=report.linked, waiting=report.waiting, faults=len(report.faults), head=head)
    return None if report.intact else told(report)


def told(report: ChainReport) -> BrokenChain:
    """What is told of a chain that does not hold."""
    first = report.faults[:_TOLD]
    places_zh = "；".join(f"第 {one.sequence or '–'} 条：{one.reason}" for one in first)
    places_en = "; ".join(f"entry {one.sequence or '–'}: {one.reason}" for one in first)
    count = len(report.faults)
    return BrokenChain(
        count,
        f"审计记录 {report.linked} 条中有 {count} 处校验不符（{places_zh}）",
        f"{count} of {report.linked} audit entries do not hold ({places_en})",
    )
