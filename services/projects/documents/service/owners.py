"""Whose documents these are: each slice that has things with documents says who may see and who may write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_
from sqlmodel import col

from libs.common.context import Context
from libs.common.security.principal import Principal
from libs.common.web.problems import FieldError
from services.projects.documents.errors import UnknownOwnerType
from services.projects.documents.tables import DocumentRow


@dataclass(frozen=True, slots=True)
class OwnerPlace:
    """Where an owner belongs: whoever may see the region and, if set, belongs to the enterprise, may see it.

    ``offices_only`` keeps it from enterprises, ``also_regions`` are further regions whose offices see it, and
    ``project_id`` is the project whose region and enterprise those are.
    """

    region_code: str
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    offices_only: bool = False
    also_regions: tuple[str, ...] = ()


class DocumentOwner(Protocol):
    """One type of owner. Roles are the routes' to check; an owner decides by region, enterprise and its state."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        """Raises NotFound for an owner that the caller may not see."""
        ...

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        """Before a document is added, amended or withdrawn. Raises NotFound, or why the owner takes none."""
        ...

    def visible(self, principal: Principal) -> Select[Any]:
        """The ids of all owners that the caller may see, as a query."""
        ...


class DocumentOwners:
    """All types of owners, put together in ``api.py``: ``DocumentOwners({"project": …})``."""

    def __init__(self, owners: Mapping[str, DocumentOwner]) -> None:
        self._owners = dict(owners)

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(sorted(self._owners))

    def of(self, owner_type: str) -> DocumentOwner:
        """Raises UnknownOwnerType."""
        owner = self._owners.get(owner_type)
        if owner is None:
            fault = FieldError("document.owner_type", parameter="owner_type", params={"known": self.types})
            raise UnknownOwnerType(owner_type=owner_type, known=self.types, errors=[fault])
        return owner

    def visible(self, principal: Principal) -> ColumnElement[bool]:
        """The condition for documents whose owner the caller may see."""
        kinds = (
            and_(
                col(DocumentRow.owner_type) == owner_type,
                col(DocumentRow.owner_id).in_(owner.visible(principal)),
            )
            for owner_type, owner in self._owners.items()
        )
        return or_(false(), *kinds)
