"""Backtests with their results."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class DetectionBacktestRow(EnergyTable, table=True):
    """Rules tried on stored curves. ``status``: waiting, done or failed.

    ``region_code`` None: all meters. ``rules``: [{kind, region_code, meter_no, parameters}] beside those that
    hold; ``digests``: one of each of them, by which it is recognised later; ``digest``: of rules, span, scope and
    ``mark``, the place of the journal whose facts were in force. ``figures`` with the rules, ``before`` without;
    ``alarms``: [{meter_no, kind, at, began, value, expected, limit, found}]; ``report``: HTML.
    """

    __tablename__ = "detection_backtest"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="span"),
        CheckConstraint("status IN ('waiting', 'done', 'failed')", name="status"),
        Index("ix_detection_backtest_requested_at", "requested_at", "id"),
        Index("ix_detection_backtest_waiting", "requested_at", postgresql_where="status = 'waiting'"),
    )

    id: UUID = Field(primary_key=True)
    status: str
    first_day: date
    last_day: date
    region_code: str | None = None
    meter_no: str | None = None
    rules: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    digests: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    mark: int = Field(sa_type=BigInteger)
    digest: str
    requested_at: datetime = Field(sa_type=UtcDateTime)
    requested_by: str
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    meters: int = 0
    readings: int = Field(default=0, sa_type=BigInteger)
    figures: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    before: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    alarms: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    report: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    failure: str | None = None
