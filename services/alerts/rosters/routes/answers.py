"""What the routes of rosters share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import Path

from libs.common.context import Context
from libs.common.security.principal import Role
from services.alerts.rosters import repository
from services.alerts.rosters.domain.schedule import Shift, Slot
from services.alerts.rosters.planning import Place
from services.alerts.rosters.schemas.shifts import PlaceBody, ShiftRead, SlotRead

READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)
KEEPERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)
OFFICE = (*KEEPERS, Role.OFFICER)

Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


def place_of(body: PlaceBody) -> Place:
    return Place(body.starts_at, body.ends_at, body.primary, body.backup)


async def shifts_read(ctx: Context, shifts: Iterable[Shift]) -> list[ShiftRead]:
    """Shifts with the names of their people."""
    known = list(shifts)
    slots = [slot for shift in known for slot in (shift.primary, shift.backup)]
    named = await repository.names(ctx.session, {slot.person for slot in slots if slot.person is not None})
    return [
        ShiftRead(
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            primary=_slot(shift.primary, named),
            backup=_slot(shift.backup, named),
        )
        for shift in known
    ]


def _slot(slot: Slot, named: dict[UUID, str]) -> SlotRead:
    name = None if slot.person is None else named.get(slot.person)
    return SlotRead(person_id=slot.person, name=name, layer=slot.layer, source_id=slot.source_id)
