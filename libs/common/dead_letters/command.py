"""``python -m services.X letters list|show|edit|replay|discard``: set-aside events at the machine."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from aiokafka.errors import KafkaError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from libs.common.clock import clock_from
from libs.common.context import Context
from libs.common.database import Database
from libs.common.dead_letters import repository, service
from libs.common.dead_letters.replaying import Replaying
from libs.common.dead_letters.routes import SetAsideEventRead
from libs.common.dead_letters.tables import DeadLetterRow
from libs.common.ids import new_id
from libs.common.security.audit import audit
from libs.common.security.principal import SYSTEM
from libs.common.settings import CommonSettings
from libs.common.web.problems import DomainError

DONE: Final = 0
REFUSED: Final = 1
WRONG_CALL: Final = 2
UNANSWERED: Final = 3

SettingsT = TypeVar("SettingsT", bound=CommonSettings)
Means = Callable[[SettingsT], AbstractAsyncContextManager[Replaying]]


def letters_command(
    name: str, settings_type: Callable[[], SettingsT], means: Means[SettingsT], arguments: Sequence[str]
) -> int:
    """Run the command; 0: done, 1: refused with its reason, 2: a wrong call, 3: database or broker are away."""
    asked = _parser(name).parse_args(arguments)
    try:
        asyncio.run(_run(name, settings_type(), means, asked))
    except DomainError as error:
        sys.stderr.write(f"{name}: {error}\n")
        for fault in error.errors:
            sys.stderr.write(f"  {fault.pointer}: {fault.params.get('error', fault.code)}\n")
        return REFUSED
    except ValueError as error:
        sys.stderr.write(f"{name}: {error}\n")
        return WRONG_CALL
    except (OSError, DBAPIError, KafkaError) as error:
        sys.stderr.write(f"{name}: cannot be asked: {error!r}\n")
        return UNANSWERED
    return DONE


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{name} letters", description="Set-aside events.")
    acts = parser.add_subparsers(dest="act", required=True)
    listed = acts.add_parser("list", help="Those that wait, the oldest first; one JSON a line.")
    listed.add_argument("--all", action="store_true", help="Also those that were settled.")
    shown = acts.add_parser("show", help="One with body, headers and stack.")
    edit = acts.add_parser("edit", help="Handle another body instead; what came is kept.")
    edit.add_argument("--body", type=Path, metavar="FILE", help="JSON by the event's contract.")
    edit.add_argument("--header", action="append", default=[], metavar="ce_NAME=VALUE", help="Another header.")
    changing = [
        edit,
        acts.add_parser("replay", help="Handle it now, once."),
        acts.add_parser("discard", help="It need not be handled."),
    ]
    for act in (shown, *changing):
        act.add_argument("letter", type=UUID, help="Its id.")
    for act in changing:
        act.add_argument("--by", required=True, metavar="NAME", help="Who does this; it is recorded.")
        act.add_argument("--reason", required=True, help="Why; it is recorded.")
    return parser


async def _run(name: str, settings: SettingsT, means: Means[SettingsT], asked: argparse.Namespace) -> None:
    database = Database(settings.dsn, pool_size=1)
    try:
        async with means(settings) as replaying, database.transaction() as session:
            principal = replace(SYSTEM, subject=f"machine:{asked.by}") if "by" in asked else SYSTEM
            ctx = Context(session, clock_from(settings.clock_file).now(), new_id, principal)
            if asked.act == "list":
                for row in await _listed(ctx, everything=asked.all):
                    _print(name, SetAsideEventRead.model_validate(row).model_dump(mode="json"))
                return
            letter = await repository.get_letter(session, SYSTEM, asked.letter, lock=asked.act != "show")
            if asked.act != "show":
                await _change(ctx, replaying, letter, asked)
                detail = {"reason": asked.reason}
                await audit(ctx, f"letters {asked.act}", "set-aside-events", str(letter.id), detail)
            _print(name, _whole(letter))
    finally:
        await database.close()


async def _listed(ctx: Context, *, everything: bool) -> Sequence[DeadLetterRow]:
    statement = select(DeadLetterRow).order_by(col(DeadLetterRow.received_at), col(DeadLetterRow.id))
    if not everything:
        statement = statement.where(col(DeadLetterRow.state) == "waiting")
    return (await ctx.session.scalars(statement)).all()


async def _change(ctx: Context, replaying: Replaying, letter: DeadLetterRow, asked: argparse.Namespace) -> None:
    if asked.act == "edit":
        body = None if asked.body is None else json.loads(asked.body.read_text(encoding="utf-8"))
        headers = dict(_header(text) for text in asked.header)
        await service.edit_letter(ctx, replaying, letter, body=body, headers=headers, reason=asked.reason)
    elif asked.act == "replay":
        await service.replay_letter(ctx, replaying, letter, asked.reason)
    else:
        await service.discard_letter(ctx, letter, asked.reason)


def _header(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not name.startswith("ce_") or not value:
        raise ValueError(f"--header {text}: ce_NAME=VALUE is wanted")
    return name, value


def _whole(letter: DeadLetterRow) -> dict[str, Any]:
    shown = SetAsideEventRead.model_validate(letter).model_dump(mode="json")
    bodies = {"body": letter.value, "edited_body": letter.edited_value}
    texts = {name: None if value is None else value.decode(errors="replace") for name, value in bodies.items()}
    return {**shown, **texts, "headers": letter.headers, "stack": letter.stack}


def _print(name: str, body: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"service": name, **body}, ensure_ascii=False) + "\n")
