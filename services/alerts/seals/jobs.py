"""Sealing on time, and the nightly look at the whole record."""

from __future__ import annotations

from datetime import datetime

import structlog
from prometheus_client import Gauge

from libs.common.context import Context
from libs.common.database import Database
from services.alerts.seals import service
from services.alerts.seals.keys import SealKey
from services.alerts.seals.verification import Question, verify
from services.alerts.watch import service as watch
from services.alerts.watch.service import FindingKind

log = structlog.get_logger(__name__)

FAULTS = Gauge("duban_alerts_trail_faults", "Faults of the record at the last look at all of it")

_TOLD = 10


class Sealer:
    """Seals what waits whenever the interval of the policy has passed."""

    def __init__(self, key: SealKey) -> None:
        self.key = key

    async def seal_due(self, ctx: Context, due_at: datetime) -> None:
        """A job; of occasions that were missed the latest is enough, it seals everything."""
        await service.seal_due(ctx, self.key)


class TrailAuditor:
    """Verifies the whole record and reports what does not fit as a finding of the service about itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check_record(self, ctx: Context, due_at: datetime) -> None:
        """A job, by night: reads on a connection of its own, in one snapshot."""
        async with self._database.direct() as connection:
            report = await verify(connection, Question())
        FAULTS.set(len(report.faults))
        log.info("trail.verified", entries=report.entries, seals=report.seals, faults=len(report.faults))
        if report.is_intact:
            await watch.clear(ctx, FindingKind.TRAIL_BROKEN, "trail")
            return
        detail = {"faults": len(report.faults), "first": [str(fault) for fault in report.faults[:_TOLD]]}
        await watch.report(ctx, FindingKind.TRAIL_BROKEN, "trail", detail)
