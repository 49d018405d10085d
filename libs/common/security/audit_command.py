"""``python -m services.X audit verify``: the audit chain checked at the machine."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy.exc import DBAPIError

from libs.common.database import Database
from libs.common.security.audit import ChainHead, ChainReport, verify_chain
from libs.common.settings import CommonSettings

INTACT: Final = 0
BROKEN: Final = 1
UNANSWERED: Final = 3


def audit_command(service: str, settings_type: Callable[[], CommonSettings], arguments: Sequence[str]) -> int:
    """Run the command; 0: the chain holds, 1: broken, 2: a wrong call, 3: the database does not answer."""
    asked = _parser(service).parse_args(arguments)
    try:
        report = asyncio.run(_verified(settings_type().dsn, asked.anchor))
    except (OSError, DBAPIError) as error:
        sys.stderr.write(f"{service}: cannot be checked: {error!r}\n")
        return UNANSWERED
    sys.stdout.write(as_json(service, report) if asked.json else as_text(service, report))
    return INTACT if report.intact else BROKEN


def _parser(service: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service} audit", description="The audit record.")
    verify = parser.add_subparsers(dest="act", required=True).add_parser("verify", help="Check the whole chain.")
    verify.add_argument(
        "--anchor",
        type=anchor_of,
        metavar="SEQUENCE:HASH",
        help="A head seen earlier, which must still be part of the chain.",
    )
    verify.add_argument("--json", action="store_true", help="The report as JSON.")
    return parser


def anchor_of(text: str) -> ChainHead:
    """``17:9f86…`` as a head. Raises ValueError."""
    sequence, _, digest = text.partition(":")
    if not digest:
        raise ValueError("SEQUENCE:HASH is wanted")
    return ChainHead(int(sequence), digest)


async def _verified(dsn: str, anchor: ChainHead | None) -> ChainReport:
    database = Database(dsn, pool_size=1)
    try:
        async with database.session() as session:
            return await verify_chain(session, anchor=anchor)
    finally:
        await database.close()


def as_json(service: str, report: ChainReport) -> str:
    return json.dumps({"service": service, "intact": report.intact, **asdict(report)}, ensure_ascii=False) + "\n"


def as_text(service: str, report: ChainReport) -> str:
    head = "" if report.head is None else f", head {report.head.sequence}:{report.head.hash}"
    lines = [f"{service}: {report.linked} entries ({report.waiting} not linked yet){head}"]
    if report.intact:
        lines.append("The chain is intact.")
    else:
        faults = [f"entry {fault.sequence or '–'}: {fault.reason}" for fault in report.faults]
        lines.append(f"THE CHAIN IS BROKEN, first at {faults[0]}")
        lines += [f"  {fault}" for fault in faults[1:]]
    return "\n".join(lines) + "\n"
