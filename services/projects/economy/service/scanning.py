"""The daily scan of the economy."""

from dataclasses import dataclass

from libs.common.context import Context
from services.projects.conditions.domain.condition import Outcome
from services.projects.economy.service.dips import scan_dips
from services.projects.economy.service.duties import make_reports, scan_duties
from services.projects.registry.repository import lock_key


@dataclass(frozen=True, slots=True)
class Scanned:
    """Reports asked for anew, and what was judged."""

    made: int
    judged: Outcome


async def scan_economy(ctx: Context) -> Scanned:
    """Safe to run twice and beside other scans and writes."""
    # Two scans at once would ask the same enterprise for the same report.
    await lock_key(ctx.session, "economy_scan", "all")
    made = await make_reports(ctx)
    return Scanned(made, await scan_duties(ctx) + await scan_dips(ctx))
