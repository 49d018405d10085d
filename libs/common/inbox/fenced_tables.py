"""Offsets that live with the data, in the databases that have a fenced consumer.

Metadata of their own: a service without such a consumer has no such table.
"""

from uuid import UUID

from sqlalchemy import BigInteger, Column, MetaData
from sqlmodel import Field, SQLModel

from libs.common.database import service_registry

_registry = service_registry()
FENCED_METADATA: MetaData = _registry.metadata


class FencedTable(SQLModel, registry=_registry):
    """Base of the tables of a fenced consumer."""

    __abstract__ = True


class IngestOffsetRow(FencedTable, table=True):
    """How far a partition is merged, and who may go on.

    ``next_offset`` is updated in the data's transaction under the condition that it still is what the writer
    began with; ``epoch`` rises with each assignment, so a worker that lost the partition without noticing
    finds another epoch and changes nothing.
    """

    __tablename__ = "ingest_offset"

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    next_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    owner: UUID
