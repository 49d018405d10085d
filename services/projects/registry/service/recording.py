"""What all registry entries have in common when they are written."""

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, MalformedRequest, NotFound
from services.projects.database import PublishedTable
from services.projects.registry import repository
from services.projects.registry.errors import EntryExists, UnknownRegion

RowT = TypeVar("RowT", bound=PublishedTable)


@dataclass(frozen=True, slots=True)
class Recorded(Generic[RowT]):
    """An entry after a write; ``created`` when its key was not in use before."""

    row: RowT
    created: bool
    changed: bool


def facts_of(draft: Any) -> dict[str, Any]:
    """A draft's fields as columns."""
    return {name: value.value if isinstance(value, Enum) else value for name, value in asdict(draft).items()}


def overwrite(ctx: Context, row: PublishedTable, draft: Any) -> bool:
    """Copy the draft into the row. False when the row says so already: then there is nothing to publish."""
    facts = facts_of(draft)
    if row.deleted_at is None and all(getattr(row, name) == value for name, value in facts.items()):
        return False
    for name, value in facts.items():
        setattr(row, name, value)
    row.deleted_at = None
    row.advance(ctx.now)
    return True


def alive(row: RowT | None) -> RowT:
    """The row; raises NotFound for none and for a deleted one."""
    if row is None or row.deleted_at is not None:
        raise NotFound
    return row


def demand_new(row: PublishedTable | None, key: str, pointer: str) -> None:
    """Raises EntryExists when a living entry has the key."""
    if row is not None and row.deleted_at is None:
        raise EntryExists(key=key, errors=[FieldError("entry.exists", pointer)])


async def demand_region(ctx: Context, code: str, pointer: str = "/region_code") -> None:
    """Raises MalformedRequest, NotFound (outside of the caller's subtree) or UnknownRegion."""
    demand_region_form(code, pointer)
    ensure_region(ctx.principal, code)
    if not await repository.has_region(ctx.session, code):
        raise UnknownRegion(region_code=code, errors=[FieldError("reference.unknown", pointer)])


def demand_region_form(code: str, pointer: str | None = "/region_code", parameter: str | None = None) -> None:
    """Raises MalformedRequest for a text that is no region code."""
    try:
        regions.validate(code)
    except regions.InvalidRegionCode as error:
        fault = FieldError("region.malformed", pointer or "", {"reason": error.reason}, parameter)
        raise MalformedRequest(errors=[fault]) from error
