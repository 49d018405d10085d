"""What a feed that is fetched hands its bodies to: the same door as a request's, with more patience."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog

from libs.common.outages import is_database_outage
from libs.common.security.principal import Principal
from libs.common.web.problems import DomainError
from services.energy.feeds.delivery import Means, deliver, note_refusal
from services.energy.feeds.domain.body import Header
from services.energy.feeds.errors import MessageUnreadable
from services.energy.feeds.service import Delivery
from services.energy.feeds.tables import FeedSourceRow, ReceiptRow
from services.energy.sources.domain.messages import Bundle, Message, Poison, UnreadableMessage, bundles
from services.energy.sources.service import principal_of

log = structlog.get_logger(__name__)

# What passes: the worker is behind, the broker or the database away.
_PASSES: Final = frozenset({429, 503})
_WAITS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Intake:
    """A feed's way in. ``describe`` words a code for people who read what lies beside a file."""

    means: Means
    principal: Principal
    header: Header
    kind: str
    format: str
    transport: str
    describe: Callable[[str, dict[str, Any]], str]

    async def deliver(self, body: bytes, name: str, *, format_name: str | None = None) -> ReceiptRow:
        """Take a body, waiting for as long as it takes; its receipt then stands, and the log has every part.

        Raises DomainError for a body that will never do; it is among the receipts as refused.
        """
        chosen = self.format if format_name is None else format_name
        delivery = Delivery(self.kind, "", body, self.header, chosen, name[:255], self.transport)
        for attempt in range(1_000_000_000):
            try:
                self.means.door.lag.admit()
                return await deliver(self.means, self.principal, delivery)
            except DomainError as error:
                if error.status not in _PASSES:
                    raise
                cause: Exception = error
            except Exception as error:
                if not is_database_outage(error):
                    raise
                cause = error
            wait = _WAITS[min(attempt, len(_WAITS) - 1)]
            log.info("feed.waits", feed=self.principal.subject, seconds=wait, cause=repr(cause)[:200])
            await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    async def refuse(self, body: bytes, name: str, error: DomainError) -> None:
        """Note a body that was not even handed in."""
        delivery = Delivery(self.kind, "", body, self.header, self.format, name[:255], self.transport)
        await note_refusal(self.means, self.principal, delivery, error)

    async def deliver_messages(self, messages: list[Message], name: str) -> list[tuple[Message, DomainError]]:
        """Take messages in their order; returns those nothing can be made of, which are noted as refused."""
        poison: list[tuple[Message, DomainError]] = []
        for found in bundles(messages, self.format):
            if isinstance(found, Poison):
                error: DomainError = _unreadable(found.error)
                await self.refuse(found.message.payload, name, error)
                poison.append((found.message, error))
                continue
            try:
                await self._deliver_bundle(found, name)
            except DomainError as refusal:
                poison += [(message, refusal) for message in found.messages]
        return poison

    async def _deliver_bundle(self, bundle: Bundle, name: str) -> None:
        format_name = "ndjson" if bundle.is_lines else self.format
        await self.deliver(bundle.body, name, format_name=format_name)


def intake_of(row: FeedSourceRow, means: Means, describe: Callable[[str, dict[str, Any]], str]) -> Intake:
    header = Header(row.unit, row.interval_minutes, row.source_name or None, None)
    return Intake(
        means=means,
        principal=principal_of(row),
        header=replace(header, zone=row.zone),
        kind=row.kind,
        format=row.format,
        transport=row.transport,
        describe=describe,
    )


def _unreadable(error: UnreadableMessage) -> MessageUnreadable:
    return MessageUnreadable(reason=str(error)[:200])
