"""Base of the alerts service's tables."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

from libs.common.database import service_registry


class AlertsTable(SQLModel, registry=service_registry()):
    """A registry of its own, so that services can share one process in tests."""

    __abstract__ = True


METADATA: MetaData = AlertsTable.metadata
