"""The base of this service's tables."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from libs.common.database import UtcDateTime, service_registry

_registry = service_registry()
METADATA = _registry.metadata


class ProjectsTable(SQLModel, registry=_registry):
    """Base of all tables of the projects service."""

    __abstract__ = True


class VersionedTable(ProjectsTable):
    """A row with an optimistic lock; its version is the aggregate version of its events."""

    __abstract__ = True

    version: int
    updated_at: datetime = Field(sa_type=UtcDateTime)

    def advance(self, now: datetime) -> None:
        """A change makes the next version."""
        self.version += 1
        self.updated_at = now


class PublishedTable(VersionedTable):
    """A registry row. A deleted one stays: should its key come back, its version goes on rising."""

    __abstract__ = True

    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DatedTable(VersionedTable):
    """Data that holds in a region (None: everywhere) from ``valid_from`` until the day before ``valid_to``."""

    __abstract__ = True

    id: UUID = Field(primary_key=True)
    region_code: str | None = None
    valid_from: date
    valid_to: date | None = None
