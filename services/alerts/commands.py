"""``python -m services.alerts trail verify|export``: the record checked, or taken out, at the machine."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO

from aiokafka.errors import KafkaError

from libs.common.workdays import SHANGHAI
from services.alerts.bootstrap import export_trail, verify_trail
from services.alerts.seals.reading import Period
from services.alerts.seals.verification import Report
from services.alerts.settings import AlertsSettings

INTACT, BROKEN, UNANSWERED = 0, 1, 3


def trail(arguments: Sequence[str]) -> int:
    """Run the command; 0: the record is intact, 1: broken, 2: a wrong call, 3: it cannot be asked."""
    asked = _parser().parse_args(arguments)
    period, settings = _period(asked.since, asked.until), AlertsSettings()
    try:
        if asked.act == "export":
            return asyncio.run(_export(settings, period, asked.out))
        trusted = frozenset(Path(name).read_text(encoding="ascii").strip() for name in asked.key)
        report = asyncio.run(verify_trail(settings, period, trusted, kafka=asked.heads_from_kafka))
    except (KafkaError, OSError) as error:
        sys.stderr.write(f"cannot be checked: {error!r}\n")
        return UNANSWERED
    sys.stdout.write(_as_json(report) if asked.json else _as_text(report))
    return INTACT if report.is_intact else BROKEN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trail", description="The record of all alerts.")
    acts = parser.add_subparsers(dest="act", required=True)
    verify = acts.add_parser("verify", help="Check entries, seals, and what was published of them.")
    export = acts.add_parser("export", help="JSON Lines that prove themselves.")
    for act in (verify, export):
        act.add_argument("--from", dest="since", type=date.fromisoformat, metavar="DAY", help="First local day.")
        act.add_argument("--to", dest="until", type=date.fromisoformat, metavar="DAY", help="Last local day.")
    verify.add_argument("--heads-from-kafka", action="store_true", help="Compare with what was published.")
    verify.add_argument(
        "--key", action="append", default=[], metavar="FILE", help="A public key to trust (base64)."
    )
    verify.add_argument("--json", action="store_true", help="The report as JSON.")
    export.add_argument("--out", type=Path, metavar="FILE", help="Default: standard output.")
    return parser


def _period(since: date | None, until: date | None) -> Period:
    return Period(
        None if since is None else datetime.combine(since, time(), SHANGHAI),
        None if until is None else datetime.combine(until + timedelta(days=1), time(), SHANGHAI),
    )


async def _export(settings: AlertsSettings, period: Period, out: Path | None) -> int:
    if out is None:
        await _write(settings, period, sys.stdout.buffer)
    else:
        with out.open("wb") as stream:
            await _write(settings, period, stream)
    return INTACT


async def _write(settings: AlertsSettings, period: Period, stream: BinaryIO) -> None:
    async with aclosing(export_trail(settings, period)) as lines:
        async for line in lines:
            stream.write(line)
    stream.flush()


def _as_json(report: Report) -> str:
    return json.dumps({"intact": report.is_intact, **asdict(report)}, ensure_ascii=False) + "\n"


def _as_text(report: Report) -> str:
    published = "" if report.published is None else f", {report.published} seals on Kafka"
    lines = [
        f"{report.alerts} alerts, {report.entries} entries ({report.unsealed} not sealed yet), "
        f"{report.seals} seals{published}"
    ]
    lines += [f"key {key}: seals {first} to {last}" for key, (first, last) in report.keys.items()]
    if report.is_intact:
        lines.append("The record is intact.")
    else:
        lines.append(f"THE RECORD IS BROKEN, first at {report.faults[0]}")
        lines += [f"  {fault}" for fault in report.faults[1:]]
    return "\n".join(lines) + "\n"
