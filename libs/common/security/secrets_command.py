"""``python -m services.X secrets reseal``: seals of a replaced secret key are made anew with the present one."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.exc import DBAPIError

from libs.common.database import Database
from libs.common.security.envelope import SealBroken
from libs.common.security.resealing import Sealed, reseal
from libs.common.settings import CommonSettings

DONE: Final = 0
BROKEN: Final = 1
WRONG_CALL: Final = 2
UNANSWERED: Final = 3


def secrets_command(
    service: str,
    settings_type: Callable[[], CommonSettings],
    places: Sequence[Sealed],
    arguments: Sequence[str],
) -> int:
    """Run the command; 0: all seals are of the present key, 1: one opens with no known key, 3: no database."""
    if list(arguments) != ["reseal"]:
        sys.stderr.write(f"usage: python -m services.{service} secrets reseal\n")
        return WRONG_CALL
    try:
        counts = asyncio.run(_resealed(settings_type(), places))
    except SealBroken as error:
        sys.stderr.write(
            f"{service}: {error}; nothing was changed. Give the old key in DUBAN_PREVIOUS_SECRET_KEYS.\n"
        )
        return BROKEN
    except (OSError, DBAPIError) as error:
        sys.stderr.write(f"{service}: cannot be asked: {error!r}\n")
        return UNANSWERED
    sys.stdout.write(json.dumps({"service": service, "resealed": counts}) + "\n")
    return DONE


async def _resealed(settings: CommonSettings, places: Sequence[Sealed]) -> dict[str, int]:
    database = Database(settings.dsn, pool_size=1)
    try:
        async with database.transaction() as session:
            return await reseal(session, settings.envelope(), places)
    finally:
        await database.close()
