"""``python -m services.energy backtest --from DAY --to DAY``: a backtest at once, its figures and its report."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from libs.common.clock import clock_from
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from libs.common.web.problems import DomainError
from services.energy.backtests.domain.draft import DraftRule
from services.energy.backtests.domain.judging import DEADLINE, OTHER_DEADLINE
from services.energy.backtests.domain.scoring import Event
from services.energy.backtests.running import Trial
from services.energy.backtests.schemas import DraftRuleWrite
from services.energy.backtests.service import run_now
from services.energy.backtests.tables import DetectionBacktestRow
from services.energy.settings import EnergySettings

_DRAFTS: Final = TypeAdapter(list[DraftRuleWrite])
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - standard time of the meters


class UnreadableInput(Exception):
    """A file of drafted rules or of labels that is not one."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; ends the process with a usage line where they are none."""
    parser = argparse.ArgumentParser(prog="backtest", description="Try rules of detection on stored curves.")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--meter", help="One meter by its number.")
    scope.add_argument("--region", help="The meters of a region's subtree.")
    parser.add_argument("--rules", type=Path, help="Drafted rules: a JSON list of {kind, parameters, …}.")
    parser.add_argument("--labels", type=Path, help="Labelled events: CSV with meter_no, kind, start, end.")
    parser.add_argument("--out", type=Path, help="Where the report goes; default: backtest-FROM-TO.html here.")
    parser.add_argument("--json", action="store_true", help="Print the figures as JSON.")
    return parser.parse_args(arguments)


def drafts_in(path: Path) -> tuple[DraftRule, ...]:
    """The rules of a file, one or a list. Raises UnreadableInput."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        drafts = _DRAFTS.validate_python(found if isinstance(found, list) else [found])
    except (OSError, ValueError, ValidationError) as error:
        raise UnreadableInput(f"{path}: {error}") from error
    return tuple(one.draft() for one in drafts)


def labels_in(path: Path) -> tuple[Event, ...]:
    """Labelled events of a CSV file, times being the meters' standard time. Raises UnreadableInput."""
    events = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), 1):
                meter_no, kind = row.get("meter_no") or row["meter_id"], row["kind"]
                start, end = (
                    int((datetime.fromisoformat(row[name]) - _EPOCH).total_seconds()) // 60
                    for name in ("start", "end")
                )
                deadline = int(row.get("deadline_min") or DEADLINE.get(kind, OTHER_DEADLINE))
                events.append(Event(str(number), meter_no, kind, start, end, deadline, "label", True))
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise UnreadableInput(f"{path}: {error!r}") from error
    return tuple(events)


async def backtest(settings: EnergySettings, arguments: Sequence[str]) -> int:
    """Run it; returns the exit code, 1 for a refusal that is told, 2 for files that are none."""
    options = parsed(arguments)
    try:
        trial = Trial(
            first_day=options.first,
            last_day=options.last,
            rules=() if options.rules is None else drafts_in(options.rules),
            region_code=options.region,
            meter_no=options.meter,
            labels=None if options.labels is None else labels_in(options.labels),
        )
    except UnreadableInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    database = Database(settings.dsn, pool_size=2)
    try:
        async with database.transaction() as session:
            ctx = Context(session, clock_from(settings.clock_file).now(), new_id, SYSTEM)
            row, _ = await run_now(ctx, trial)
    except DomainError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return 1
    finally:
        await database.close()
    out = options.out or Path(f"backtest-{options.first}-{options.last}.html")
    out.write_text(row.report or "", encoding="utf-8")
    sys.stdout.write(_told(row, as_json=options.json, drafted=bool(trial.rules)))
    sys.stdout.write(f"backtest {row.id}, report in {out}\n")
    return 0


def _told(row: DetectionBacktestRow, *, as_json: bool, drafted: bool) -> str:
    figures, before = row.figures or {}, row.before or {}
    if as_json:
        told: dict[str, Any] = {"meters": row.meters, "readings": row.readings, "figures": figures}
        if drafted:
            told["before"] = before
        return json.dumps(told, ensure_ascii=False) + "\n"
    lines = [f"{row.meters} meters, {row.readings:,} readings"]
    for name, figure in figures.items():
        was = f"   (in force: {before.get(name)})" if drafted and before.get(name) != figure else ""
        lines.append(f"{name:24} {figure}{was}")
    return "\n".join(lines) + "\n"
