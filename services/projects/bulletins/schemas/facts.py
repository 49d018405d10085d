"""Figures of bulletins, their rows, and the proof of receipt."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.projects.bulletins.domain.figures import Figure, Shape
from services.projects.bulletins.domain.wording import EN, ZH, words
from services.projects.bulletins.tables import BulletinNoticeRow, BulletinReceiptRow
from services.projects.economy.domain.arithmetic import ratio, shown
from services.projects.economy.schemas.types import Amount


class FigureRead(BaseModel):
    """A figure: exact value, what it reads as, and how many rows it was made of. ``reason`` where it is null."""

    key: str
    shape: Shape
    value: Amount | None
    reason: str | None
    unit: str
    current: Amount | None
    base: Amount | None
    basis: str
    source: str
    reads_zh: str
    reads_en: str
    has_rows: bool

    @classmethod
    def of(cls, key: str, figure: Figure) -> "FigureRead":
        return cls(
            key=key,
            shape=figure.shape,
            value=figure.value,
            reason=figure.reason,
            unit=figure.unit,
            current=figure.current,
            base=figure.base,
            basis=figure.basis,
            source=figure.source,
            reads_zh=words(figure, ZH),
            reads_en=words(figure, EN),
            has_rows=figure.rows_key is not None,
        )


class FigureRows(BaseModel):
    """The rows that a figure was made of when the bulletin was."""

    key: str
    count: int
    rows: list[dict[str, Any]]


class NoticeRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    notice_id: UUID
    status: str
    recipients: int
    confirm_by: datetime | None
    sent_at: datetime | None
    overdue_at: datetime | None
    ended_at: datetime | None


class ReceiptSummary(BaseModel):
    """How far the receipt has come; ``confirmed_percent`` null while nobody was sent anything."""

    notices: list[NoticeRead]
    recipients: int
    delivered: int
    failed: int
    read: int
    confirmed: int
    confirmed_percent: Decimal | None

    @classmethod
    def of(cls, notices: Sequence[BulletinNoticeRow], receipts: Sequence[BulletinReceiptRow]) -> "ReceiptSummary":
        recipients = sum(one.recipients for one in notices)
        confirmed = sum(one.confirmed_at is not None for one in receipts)
        share = ratio(Decimal(confirmed), Decimal(recipients))
        return cls(
            notices=[NoticeRead.model_validate(one) for one in notices],
            recipients=recipients,
            delivered=sum(one.delivered_at is not None for one in receipts),
            failed=sum(one.failed_at is not None for one in receipts),
            read=sum(one.read_at is not None for one in receipts),
            confirmed=confirmed,
            confirmed_percent=None if share.value is None else shown(share.value),
        )


class ReceiptRead(BaseModel):
    receipt_id: UUID
    notice_id: UUID
    person_id: UUID
    person_name: str | None
    unit_name: str | None
    region_code: str | None
    delivered_at: datetime | None
    failed_at: datetime | None
    read_at: datetime | None
    read_by: str | None
    confirmed_at: datetime | None
    confirmed_by: str | None
