"""``duban doctor``: all checks, one after the other, told to a person or as JSON."""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated

import asyncpg
import typer
from rich.console import Console

from deploy.local import control
from deploy.local.doctor import machine, stores, work
from deploy.local.doctor.findings import Finding, State, says_unknown, unknown, worst
from deploy.local.doctor.scanner import check_scanner
from deploy.local.doctor.site import Site
from deploy.local.layout import Layout, default_directory
from deploy.local.options import DataOption

Check = Callable[[Site], Awaitable[list[Finding]]]
# With the code that a check answers with when it could not look.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("process.state", machine.check_processes),
    ("disk.space", machine.check_disk),
    ("port.silent", machine.check_ports),
    ("clock.source", machine.check_clocks),
    ("postgres.reachable", stores.check_postgres),
    ("migrations.behind", stores.check_migrations),
    ("broker.reachable", stores.check_broker),
    ("lag.records", work.check_lag),
    ("outbox.age", work.check_outbox),
    ("timers.late", work.check_timers),
    ("deliveries.failed", work.check_deliveries),
    ("letters.waiting", work.check_letters),
    ("feeds.silent", work.check_feeds),
    ("scanner.silent", check_scanner),
    ("watch.finding", work.check_watch),
    ("calendar.end", work.check_calendar),
    ("keys.expiry", work.check_keys),
    ("certificates.expiry", machine.check_certificates),
    ("backup.age", machine.check_backups),
    ("secrets.permissions", machine.check_secrets),
)
EXIT = {State.OK: 0, State.WARN: 1, State.BAD: 3}
_SECONDS = 30
_COLOURS = {State.OK: "green", State.WARN: "yellow", State.BAD: "red", State.UNKNOWN: "magenta"}


class Language(StrEnum):
    EN = "en"
    ZH = "zh-CN"


async def examine(place: Layout) -> list[Finding]:
    """Everything the checks find on a stack, however broken it is. Raises StackError for wrong limits alone."""
    found: list[Finding] = []
    async with Site.of(place) as site:
        for code, check in CHECKS:
            try:
                async with asyncio.timeout(_SECONDS):
                    found += await check(site)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                found.append(unknown(code, f"{type(error).__name__}: {error}"[:200]))
    return found


def doctor(
    language: Annotated[Language | None, typer.Option(help="Default: by LANG, else English.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All findings as JSON.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what is fine.")] = False,
    data: DataOption = None,
) -> None:
    """Look at everything and say what to do. Exit code 0: all is well, 1: warnings, 3: something is bad."""
    chosen = (language or _language_of(os.environ.get("LC_ALL") or os.environ.get("LANG") or "")).value
    # What does not answer is told as a finding, not by the library's own log.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    found = asyncio.run(examine(control.place_of(data or default_directory())))
    verdict = worst(found)
    if as_json:
        body = {"state": verdict.value, "findings": [finding.as_json(chosen) for finding in found]}
        typer.echo(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        _print(found, chosen, everything=everything)
    raise typer.Exit(EXIT[verdict])


def _print(found: list[Finding], language: str, *, everything: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    unasked: dict[str, list[str]] = {}
    for finding in found:
        if finding.state is State.UNKNOWN:
            unasked.setdefault(str(finding.figures["reason"]), []).append(finding.title(language))
        elif everything or finding.state is not State.OK:
            console.print(f"[{_COLOURS[finding.state]}]{finding.state.value:7}[/]", end=" ")
            console.print(finding.says(language), markup=False)
            if advice := finding.advice(language):
                console.print(f"        → {advice} ({finding.link(language)})", markup=False)
    for reason, titles in unasked.items():
        line = says_unknown(", ".join(dict.fromkeys(titles)), reason, language)
        console.print(f"[{_COLOURS[State.UNKNOWN]}]{State.UNKNOWN.value:7}[/]", end=" ")
        console.print(line, markup=False)
    fine = sum(finding.state is State.OK for finding in found)
    console.print(
        f"检查 {len(found)} 项，{fine} 项正常。" if language == "zh-CN" else f"{fine} of {len(found)} are fine.",
        markup=False,
    )


def _language_of(locale: str) -> Language:
    return Language.ZH if locale.lower().startswith("zh") else Language.EN
