"""What every use case takes as its first argument: the open transaction and the facts of the call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.security.principal import Principal


@dataclass(frozen=True, slots=True)
class Context:
    """One transaction of one caller.

    ``now`` is read once from the stack's clock, so all rows of a transaction agree on the time; ``new_id`` and
    ``now`` are fields rather than globals so that tests decide them. Nobody below an edge commits ``session``.
    """

    session: AsyncSession
    now: datetime
    new_id: Callable[[], UUID]
    principal: Principal
