"""The base of this service's tables; one registry, one metadata."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

from libs.common.database import service_registry

_registry = service_registry()
ENERGY_METADATA: MetaData = _registry.metadata


class EnergyTable(SQLModel, registry=_registry):
    """Base of the tables of the energy service."""

    __abstract__ = True
