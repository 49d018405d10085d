"""Monthly reports of enterprises and what they add up to (S13). Amounts are decimals in the indicator's unit."""

from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

ECONOMY_REPORT = Topic(
    "projects.economy_report.v1", OWNER, "Monthly reports of enterprises: said, reviewed, corrected"
)
ECONOMY_MONTH = Topic("projects.economy_month.v1", OWNER, "Months that are closed, with what they add up to")


class EconomyValue(BaseModel):
    """One indicator of a report as it counts: said or derived; null where it is not known."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    indicator: str
    unit: str
    month_value: Decimal | None = None
    cumulative_value: Decimal | None = None


class _ReportEvent(EventPayload):
    report_id: UUID
    enterprise_id: UUID
    credit_code: str
    enterprise_name: str
    # First day of the month that is reported.
    month: date
    edition: str
    region_code: str
    sector_code: str
    revision: int
    due_on: date


class EconomyReportEnteredV1(_ReportEvent):
    """A draft was begun or changed."""

    event_type: ClassVar[str] = "projects.economy_report.entered.v1"
    topic: ClassVar[Topic] = ECONOMY_REPORT


class EconomyReportSubmittedV1(_ReportEvent):
    """A report, or a correction of one with its reason, waits for review."""

    event_type: ClassVar[str] = "projects.economy_report.submitted.v1"
    topic: ClassVar[Topic] = ECONOMY_REPORT

    submitted_on: date
    late: bool
    is_correction: bool = False
    reason: str = ""
    warnings: int = 0


class EconomyReportReturnedV1(_ReportEvent):
    """The report is to be said again."""

    event_type: ClassVar[str] = "projects.economy_report.returned.v1"
    topic: ClassVar[Topic] = ECONOMY_REPORT

    reason: str


class EconomyReportAcceptedV1(_ReportEvent):
    """The report counts from now on, with these values."""

    event_type: ClassVar[str] = "projects.economy_report.accepted.v1"
    topic: ClassVar[Topic] = ECONOMY_REPORT

    values: tuple[EconomyValue, ...]


class EconomyReportCorrectedV1(_ReportEvent):
    """A correction was accepted: these values count in place of those of an earlier revision."""

    event_type: ClassVar[str] = "projects.economy_report.corrected.v1"
    topic: ClassVar[Topic] = ECONOMY_REPORT

    values: tuple[EconomyValue, ...]
    reason: str


class EconomyTotal(BaseModel):
    """What an indicator adds up to in the region: ``complete`` of the ``expected`` enterprises said it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    indicator: str
    unit: str
    month_value: Decimal | None = None
    cumulative_value: Decimal | None = None
    complete: int
    expected: int


class EconomyMonthClosedV1(EventPayload):
    """From now on reports of the month change by correction only; ``region_code`` null is everywhere."""

    event_type: ClassVar[str] = "projects.economy_month.closed.v1"
    topic: ClassVar[Topic] = ECONOMY_MONTH

    closing_id: UUID
    month: date
    region_code: str | None = None
    note: str = ""
    totals: tuple[EconomyTotal, ...]


EVENTS: tuple[type[EventPayload], ...] = (
    EconomyReportEnteredV1,
    EconomyReportSubmittedV1,
    EconomyReportReturnedV1,
    EconomyReportAcceptedV1,
    EconomyReportCorrectedV1,
    EconomyMonthClosedV1,
)
