"""What the routes of efficiency share."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import etag_of
from libs.common.web.dependencies import require, require_scope
from libs.common.web.routes import TransactionalRoute
from services.energy.efficiency.domain.months import months_between
from services.energy.efficiency.errors import EntryNotOrdered, EntryOverlaps, EverywhereForbidden, PeriodUnfit
from services.energy.efficiency.schemas.types import Month

ModelT = TypeVar("ModelT", bound=BaseModel)

KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]
# Months are reported by the enterprise itself as well, within its own scope.
REPORTERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.ENTERPRISE),
    require_scope(Scope.ENERGY_WRITE),
]
DECIDERS: list[Any] = [require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER), require_scope(Scope.ENERGY_WRITE)]
PLACING: Final = (EverywhereForbidden, EntryNotOrdered, EntryOverlaps)
MAX_MONTHS: Final = 36

MonthPath = Annotated[str, Path(pattern=r"^(19|20|21)\d{2}-(0[1-9]|1[0-2])$", examples=["2026-03"])]
CodePath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
FirstMonth = Annotated[Month, Query(alias="from", description="A month.")]
LastMonth = Annotated[Month, Query(alias="to", description="A month, included.")]


def new_router() -> APIRouter:
    return APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["efficiency"])


def month_of(text: str) -> date:
    return date(int(text[:4]), int(text[5:]), 1)


def check_months(first: date, last: date) -> None:
    """Raises PeriodUnfit."""
    if last < first or len(months_between(first, last)) > MAX_MONTHS:
        raise PeriodUnfit(first=first, last=last)


def tagged(response: Response, row: Any, model: type[ModelT]) -> ModelT:
    """The row as it is shown, with its ETag."""
    response.headers["ETag"] = etag_of(row.version)
    return model.model_validate(row, from_attributes=True)
