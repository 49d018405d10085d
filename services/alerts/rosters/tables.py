"""Duty rosters, rotations, holiday lists, shifts, swaps and stand-ins."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class RosterRow(AlertsTable, table=True):
    """Who answers for a region in one matter (``kind``), or around the clock for all that has no own roster.

    The row's lock is taken by every change of the roster's schedule, so that two who change it see each other.
    """

    __tablename__ = "duty_roster"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_duty_roster_region_code", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period_ordered"),
        CheckConstraint("warn_ahead_hours BETWEEN 0 AND 2160", name="warn_ahead_sensible"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    code: str
    name_zh: str
    name_en: str
    kind: str
    region_code: str
    valid_from: date
    valid_to: date | None = None
    warn_ahead_hours: int = 72
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class RotationRow(AlertsTable, table=True):
    """Turns by counting; ``members`` is ``[{"primary": id, "backup": id|null}, …]``, ``handovers`` local times."""

    __tablename__ = "duty_rotation"
    __table_args__ = (
        CheckConstraint("period IN ('daily', 'weekly')", name="period_known"),
        CheckConstraint("days IN ('every', 'working', 'rest')", name="days_known"),
        CheckConstraint("handover_weekday BETWEEN 0 AND 6", name="weekday_known"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_ordered"),
    )

    id: UUID = Field(primary_key=True)
    roster_id: UUID = Field(sa_column=Column(ForeignKey("duty_roster.id"), nullable=False, index=True))
    valid_from: date
    valid_to: date | None = None
    period: str
    days: str
    handovers: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    handover_weekday: int = 0
    members: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    reason: str
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)


class HolidayRow(AlertsTable, table=True):
    """A period whose shifts are entered one by one; the rotation rests."""

    __tablename__ = "duty_holiday"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="span_ordered"),)

    id: UUID = Field(primary_key=True)
    version: int = 1
    roster_id: UUID = Field(sa_column=Column(ForeignKey("duty_roster.id"), nullable=False, index=True))
    name_zh: str
    name_en: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SwapRow(AlertsTable, table=True):
    """One side gives a time to the other, and may take one of the other's in return (换班)."""

    __tablename__ = "duty_swap"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'accepted', 'refused', 'withdrawn')", name="state_known"),
        CheckConstraint("role IN ('primary', 'backup')", name="role_known"),
        CheckConstraint("giver_id <> taker_id", name="two_sides"),
        CheckConstraint("gives_until > gives_from", name="given_ordered"),
        CheckConstraint("(takes_from IS NULL) = (takes_until IS NULL)", name="return_whole"),
        CheckConstraint("takes_from IS NULL OR takes_until > takes_from", name="return_ordered"),
        Index("ix_duty_swap_untold", "proposed_at", postgresql_where=text("told_state IS DISTINCT FROM state")),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    roster_id: UUID = Field(sa_column=Column(ForeignKey("duty_roster.id"), nullable=False, index=True))
    state: str = "proposed"
    role: str
    giver_id: UUID
    taker_id: UUID
    gives_from: datetime = Field(sa_type=UtcDateTime)
    gives_until: datetime = Field(sa_type=UtcDateTime)
    takes_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    takes_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str
    proposed_by: str
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    answered_by: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answer_note: str | None = None
    # The state of which the other side has been told.
    told_state: str | None = None


class AssignmentRow(AlertsTable, table=True):
    """Somebody has a role for a time: of a holiday list, entered, or by a swap. Taken back, it stays readable."""

    __tablename__ = "duty_assignment"
    __table_args__ = (
        Index("ix_duty_assignment_roster_span", "roster_id", "starts_at", "ends_at"),
        CheckConstraint("layer IN ('holiday', 'entered', 'swap')", name="layer_known"),
        CheckConstraint("role IN ('primary', 'backup')", name="role_known"),
        CheckConstraint("ends_at > starts_at", name="span_ordered"),
        CheckConstraint("(layer = 'holiday') = (holiday_id IS NOT NULL)", name="holiday_named"),
        CheckConstraint("(layer = 'swap') = (swap_id IS NOT NULL)", name="swap_named"),
    )

    id: UUID = Field(primary_key=True)
    roster_id: UUID = Field(sa_column=Column(ForeignKey("duty_roster.id"), nullable=False))
    layer: str
    role: str
    person_id: UUID
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    holiday_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("duty_holiday.id"), nullable=True, index=True)
    )
    swap_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("duty_swap.id"), nullable=True, index=True)
    )
    reason: str
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    taken_back_by: str | None = None
    taken_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    taken_back_reason: str | None = None


class StandInRow(AlertsTable, table=True):
    """Who answers for a person (代理); see ``domain.stand_ins``."""

    __tablename__ = "stand_in"
    __table_args__ = (
        Index("ix_stand_in_region_code", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("when_asked IN ('away', 'unreachable')", name="when_known"),
        CheckConstraint("scope IN ('everything', 'duty', 'post')", name="scope_known"),
        CheckConstraint("person_id <> stand_in_id", name="two_people"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="span_ordered"),
        CheckConstraint("when_asked = 'unreachable' OR ends_at IS NOT NULL", name="absence_ends"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    person_id: UUID = Field(index=True)
    stand_in_id: UUID = Field(index=True)
    # The person's, at the time it was named: who may see it.
    region_code: str
    when_asked: str
    scope: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str
    named_by: str
    named_at: datetime = Field(sa_type=UtcDateTime)
    revoked_by: str | None = None
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_reason: str | None = None
