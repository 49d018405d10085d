"""The matters of a case: added, amended, their documents received, finished, dropped, taken back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import AgencyItemFinishedV1
from libs.common.local_time import today_of
from services.projects.environment.domain import cases as rules
from services.projects.environment.domain.cases import AgencyCaseStatus, Item, ItemStatus
from services.projects.environment.errors import CaseStatusWrong
from services.projects.environment.service.case_file import (
    CaseFile,
    amended,
    apply,
    demand_item_references,
    demand_open,
)

# What of a matter may still change once its clock runs.
_ALWAYS = frozenset({"agent_person_id", "approval_case_id"})


async def add_item(ctx: Context, file: CaseFile, item: Item) -> None:
    """Raises CaseStatusWrong, UnknownReference, ItemsInvalid, CyclicDependencies, UnknownCalendarYear."""
    demand_open(file)
    await demand_item_references(ctx, [item], "")
    rules.demand_received([item], today_of(ctx))
    items = rules.demand_sound([*file.items.values(), item])
    await amended(ctx, file, items, item.key, ["added"])


async def amend_item(ctx: Context, file: CaseFile, key: str, facts: Mapping[str, Any]) -> None:
    """Change a matter. Once its clock runs only agent and approval case may change.

    Documents that keep their name keep what was received. Raises NotFound, CaseStatusWrong, UnknownReference,
    ItemsInvalid, CyclicDependencies, UnknownCalendarYear.
    """
    demand_open(file)
    item = file.item(key)
    if "documents" in facts:
        received = {document.name: document.received_on for document in item.documents}
        kept = tuple(
            replace(document, received_on=received.get(document.name, document.received_on))
            for document in facts["documents"]
        )
        facts = {**facts, "documents": kept}
    changed = {name for name, value in facts.items() if getattr(item, name) != value}
    if not changed:
        return
    if changed - _ALWAYS and item.status not in {ItemStatus.WAITING, ItemStatus.INCOMPLETE}:
        raise CaseStatusWrong(status=item.status)
    after = replace(item, **facts)
    await demand_item_references(ctx, [after], "")
    rules.demand_received([after], today_of(ctx))
    items = rules.demand_sound(list({**file.items, key: after}.values()))
    await amended(ctx, file, items, key, sorted(changed))


async def receive_document(ctx: Context, file: CaseFile, key: str, document: str, on: date | None) -> None:
    """Raises NotFound, CaseStatusWrong, UnknownDocument, CaseDateInvalid, UnknownCalendarYear."""
    demand_open(file)
    file.item(key)
    items = rules.receive(file.items, key, document, on, today_of(ctx))
    if items != file.items:
        await amended(ctx, file, items, key, [f"documents.{document}"])


async def finish_item(ctx: Context, file: CaseFile, key: str, on: date, outcome: str) -> None:
    """Raises NotFound, CaseStatusWrong, CaseDateInvalid, UnknownCalendarYear."""
    demand_open(file)
    item = file.item(key)
    items = rules.finish(file.items, key, on, outcome, today_of(ctx))
    in_time = item.due_on is not None and on <= item.due_on
    await _item_done(ctx, file, items, key, on, outcome, in_time=in_time)


async def drop_item(ctx: Context, file: CaseFile, key: str, reason: str) -> None:
    """Raises NotFound, CaseStatusWrong, UnknownCalendarYear."""
    demand_open(file)
    file.item(key)
    await _item_done(ctx, file, rules.drop(file.items, key, reason), key, today_of(ctx), reason)


async def reopen_item(ctx: Context, file: CaseFile, key: str, reason: str) -> None:
    """Take a finishing back, also the one that finished the case. Raises NotFound, CaseStatusWrong,
    DependentsStarted, UnknownCalendarYear.
    """
    file.item(key)
    if file.row.status == AgencyCaseStatus.CANCELLED.value:
        raise CaseStatusWrong(status=AgencyCaseStatus.CANCELLED)
    items = rules.reopen(file.items, key)
    file.row.status, file.row.finished_on = AgencyCaseStatus.OPEN.value, None
    await _item_done(ctx, file, items, key, today_of(ctx), reason, status="reopened")


async def _item_done(
    ctx: Context,
    file: CaseFile,
    items: Mapping[str, Item],
    key: str,
    on: date,
    outcome: str,
    *,
    in_time: bool | None = None,
    status: str | None = None,
) -> None:
    item = items[key]
    told = status or item.status.value

    def payload() -> EventPayload:
        return AgencyItemFinishedV1(
            case_id=file.row.id,
            code=file.row.code,
            item_id=file.rows[key].id,
            item=key,
            matter=item.matter,
            unit_id=item.unit_id,
            status=told,
            on=on,
            outcome=outcome,
            in_time=in_time,
        )

    await apply(ctx, file, items, payload, f"item_{told}", outcome, {"item": key, "on": str(on)})
