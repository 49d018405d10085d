"""``python -m services.projects keys rotate``: another key signs tokens from now on."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Final

from sqlalchemy.exc import DBAPIError

from libs.common.clock import clock_from
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.identity.service.signing import Rotation, rotate_signing_key
from services.projects.settings import ProjectsSettings

DONE: Final = 0
UNANSWERED: Final = 3


def keys(arguments: Sequence[str]) -> int:
    """Run the command; 0: done, 2: a wrong call, 3: the database does not answer."""
    parser = argparse.ArgumentParser(prog="python -m services.projects keys", description="Keys that sign tokens.")
    rotate = parser.add_subparsers(dest="act", required=True).add_parser("rotate", help="Sign with a new key.")
    rotate.add_argument(
        "--at-once",
        action="store_true",
        help="Withdraw the old keys now, because one may have been copied: everybody signs in again.",
    )
    asked = parser.parse_args(arguments)
    try:
        done = asyncio.run(_rotate(ProjectsSettings(), at_once=asked.at_once))
    except (OSError, DBAPIError) as error:
        sys.stderr.write(f"projects: cannot be asked: {error!r}\n")
        return UNANSWERED
    told = {"kid": done.kid, "withdrawn": list(done.withdrawn), "believed_until": done.not_after.isoformat()}
    sys.stdout.write(json.dumps(told) + "\n")
    return DONE


async def _rotate(settings: ProjectsSettings, *, at_once: bool) -> Rotation:
    database = Database(settings.dsn, pool_size=1)
    try:
        async with database.transaction() as session:
            ctx = Context(session, clock_from(settings.clock_file).now(), new_id, SYSTEM)
            return await rotate_signing_key(ctx, settings.envelope(), at_once=at_once)
    finally:
        await database.close()
