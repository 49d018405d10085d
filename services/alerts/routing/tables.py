"""Route trees, and a token that tells readers whether what they keep in memory still holds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class RouteTreeRow(AlertsTable, table=True):
    """One revision of the route tree of a region (``""``: everywhere).

    The newest whose time has come is in force.
    """

    __tablename__ = "route_tree"

    region_code: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    valid_from: datetime = Field(sa_type=UtcDateTime)
    # A tree that is withdrawn leaves its region to the next wider one.
    withdrawn: bool = False
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    reason: str
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ReadTokenRow(AlertsTable, table=True):
    """A new random token with every change of what is read often and changed seldom."""

    __tablename__ = "read_token"
    __table_args__ = (CheckConstraint("name IN ('mutes', 'routes')", name="name_known"),)

    name: str = Field(primary_key=True)
    token: UUID


class RoutingQueueRow(AlertsTable, table=True):
    """An alert that changed, or whose tree did: its groups are looked at soon."""

    __tablename__ = "routing_queue"

    alert_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), primary_key=True))
    queued_at: datetime = Field(sa_type=UtcDateTime, index=True)
