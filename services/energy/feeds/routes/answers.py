"""What the routes of the feeds share: the door, and receipts in the caller's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Depends, Request

from libs.common.web.catalogue import Catalogue, negotiate
from services.energy.feeds.rejections import Told
from services.energy.feeds.schemas import ReceiptCreated, ReceiptRead, ReceiptSummary, Refusal, Rejection
from services.energy.feeds.service import Door
from services.energy.feeds.tables import ReceiptRow


async def get_door(request: Request) -> Door:
    """What ``bootstrap`` put on the application."""
    door: Door = request.app.state.door
    return door


DoorDep = Annotated[Door, Depends(get_door)]


def receipt_created(request: Request, receipt: ReceiptRow) -> ReceiptCreated:
    """The answer to a delivery."""
    return ReceiptCreated(**_counts(receipt), rejections=rejections_read(request, receipt.rejections))


def receipt_read(request: Request, row: ReceiptRow) -> ReceiptRead:
    """A receipt with its first rejections."""
    facts = receipt_summary(request, row).model_dump()
    return ReceiptRead(**facts, rejections=rejections_read(request, row.rejections))


def receipt_summary(request: Request, row: ReceiptRow) -> ReceiptSummary:
    """A receipt in a list."""
    return ReceiptSummary(
        **_counts(row),
        # "acknowledged" is the word between us and the broker; to the sender the body is accepted.
        status="accepted" if row.status == "acknowledged" else row.status,
        kind=row.kind,
        transport=row.transport,
        name=row.name,
        source=row.source.rpartition("/")[2],
        subject=row.subject,
        received_at=row.received_at,
        merged_at=row.merged_at,
        newest_at=row.newest_at,
        bytes=row.bytes,
        digest=None if row.digest is None else row.digest.hex(),
        stored=row.stored,
        unchanged=row.unchanged,
        revised=row.revised,
        superseded=row.superseded,
        refusal=None if row.refusal is None else _refusal(request, row.refusal),
    )


def rejections_read(request: Request, told: Iterable[Told]) -> list[Rejection]:
    return [
        Rejection(
            line=item["line"],
            pointer=item["pointer"],
            code=item["code"],
            message=_title(request, item["code"], item["params"]),
            text=item.get("text"),
        )
        for item in told
    ]


def _counts(receipt: ReceiptRow) -> dict[str, Any]:
    return {
        "receipt_id": receipt.id,
        "accepted": receipt.accepted,
        "quarantined": receipt.quarantined,
        "rejected": receipt.rejected,
    }


def _refusal(request: Request, refusal: dict[str, Any]) -> Refusal:
    told = [item | {"line": item["params"].get("line", 0)} for item in refusal["errors"]]
    return Refusal(
        code=refusal["code"],
        message=_title(request, refusal["code"], refusal["params"]),
        errors=rejections_read(request, told),
    )


def _title(request: Request, code: str, params: dict[str, Any]) -> str:
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue.title(code, negotiate(request.headers.get("accept-language")), params)
