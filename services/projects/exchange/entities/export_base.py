"""What an export is: columns, where they come from, and whose rows they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import col

from libs.common.security.principal import Principal, Role
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing
from services.projects.exchange.domain.columns import Column
from services.projects.ledger import repository as ledger
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.repository import region_filter

EVERYBODY = tuple(role for role in Role if role not in {Role.FEED, Role.SECURITY})
# Filters of what belongs to a project.
PROJECT_FIELDS: dict[str, FilterField] = {
    "project_id": FilterField(col(ProjectRow.id), UUID),
    "project_code": FilterField(col(ProjectRow.code)),
    "region_code": region_filter(col(ProjectRow.region_code)),
}


@dataclass(frozen=True, slots=True)
class ExportEntity:
    """``expressions`` by column; ``source`` puts the tables together that they and the listing speak of.

    ``visible`` are the list's own conditions of scope; ``last`` breaks ties of the order.
    """

    name: str
    columns: tuple[Column, ...]
    expressions: Mapping[str, Any]
    source: Callable[[Select[Any]], Select[Any]]
    visible: Callable[[Principal], Sequence[ColumnElement[bool]]]
    listing: Listing
    last: Sequence[Any]
    roles: tuple[Role, ...] = EVERYBODY

    def statement(self, principal: Principal, columns: Sequence[Column]) -> Select[Any]:
        """Rows of the columns, in no order yet."""
        chosen = [self.expressions[column.field].label(f"c{index}") for index, column in enumerate(columns)]
        return self.source(select(*chosen)).where(*self.visible(principal))


def of_projects(principal: Principal) -> Sequence[ColumnElement[bool]]:
    """The rows of projects that the caller may see."""
    return ledger.reach_of(principal)
