"""Taking a file in, and what may be done with an import before and after it ran."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.security.principal import Principal, Role
from libs.common.sheets.model import FileFault
from libs.common.sheets.reading import kind_of
from libs.common.web.problems import NotFound
from services.projects.exchange import repository
from services.projects.exchange.domain.modes import Mode, State
from services.projects.exchange.entities.base import ImportEntity, OnExisting
from services.projects.exchange.entities.catalogue import IMPORTABLE
from services.projects.exchange.errors import (
    FileRefused,
    ImportContentForgotten,
    ImportForbidden,
    ImportNotCancellable,
    ImportNotChecked,
)
from services.projects.exchange.tables import ImportProgressRow, ImportRow

_PART = 1024 * 1024


@dataclass(slots=True)
class Upload:
    """A body on its way into the database: a megabyte of it is held at a time."""

    content_id: UUID
    size: int = 0
    format: str = ""
    _digest: Any = field(default_factory=hashlib.sha256)
    _parts: int = 0
    _rest: bytearray = field(default_factory=bytearray)

    async def take(self, ctx: Context, chunks: AsyncIterator[bytes]) -> None:
        """Store the whole body. Raises FileRefused as soon as its first bytes are no spreadsheet's."""
        async for chunk in chunks:
            self._rest += chunk
            if len(self._rest) >= _PART:
                await self._store(ctx, bytes(self._rest))
                self._rest.clear()
        await self._store(ctx, bytes(self._rest))

    async def _store(self, ctx: Context, data: bytes) -> None:
        if not self._parts:
            try:
                self.format = kind_of(data)
            except FileFault as fault:
                raise FileRefused(reason=fault.code) from fault
        elif not data:
            return
        self.size += len(data)
        self._digest.update(data)
        await repository.add_content(ctx.session, self.content_id, self._parts, data)
        self._parts += 1

    @property
    def sha256(self) -> str:
        return str(self._digest.hexdigest())


def entity_of(name: str) -> ImportEntity:
    """Raises NotFound for what cannot be imported."""
    entity = IMPORTABLE.get(name)
    if entity is None:
        raise NotFound
    return entity


def demand_writer(principal: Principal, entity: ImportEntity) -> None:
    """Raises ImportForbidden when the caller's role may not write the entity over REST either."""
    if principal.role not in entity.roles:
        raise ImportForbidden(entity=entity.name)


async def start_import(
    ctx: Context,
    entity: ImportEntity,
    mode: Mode,
    on_existing: OnExisting,
    file_name: str,
    chunks: AsyncIterator[bytes],
) -> ImportRow:
    """Keep the file and queue it for the job. Raises ImportForbidden, FileRefused."""
    demand_writer(ctx.principal, entity)
    upload = Upload(ctx.new_id())
    await upload.take(ctx, chunks)
    row = _queued(ctx, entity.name, mode, on_existing)
    row.file_name, row.format = file_name, upload.format
    row.size, row.sha256, row.content_id = upload.size, upload.sha256, upload.content_id
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def apply_checked(ctx: Context, import_id: UUID) -> ImportRow:
    """Queue the file of a trial run again, to be applied.

    Raises NotFound, ImportForbidden, ImportNotChecked, ImportContentForgotten.
    """
    checked = await get_import(ctx, import_id)
    demand_writer(ctx.principal, entity_of(checked.entity))
    if checked.state != State.CHECKED:
        raise ImportNotChecked(state=State(checked.state))
    if not await repository.has_content(ctx.session, checked.content_id):
        raise ImportContentForgotten
    row = _queued(ctx, checked.entity, Mode.APPLY, OnExisting(checked.on_existing))
    for name in ("file_name", "format", "size", "sha256", "content_id"):
        setattr(row, name, getattr(checked, name))
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def cancel_import(ctx: Context, import_id: UUID) -> ImportRow:
    """Take back an import that nobody has begun with. Raises NotFound, ImportNotCancellable."""
    await get_import(ctx, import_id)
    row = await repository.lock_import(ctx.session, import_id)
    if row is None or row.state != State.QUEUED:
        raise ImportNotCancellable
    row.state, row.finished_at = State.CANCELLED.value, ctx.now
    await ctx.session.flush()
    return row


async def get_import(ctx: Context, import_id: UUID) -> ImportRow:
    """Raises NotFound."""
    row = await repository.find_import(ctx.session, ctx.principal, import_id)
    if row is None:
        raise NotFound
    return row


async def read_import(ctx: Context, import_id: UUID) -> tuple[ImportRow, ImportProgressRow | None]:
    """The import and how far it is. Raises NotFound."""
    row = await get_import(ctx, import_id)
    return row, await repository.find_progress(ctx.session, import_id)


def _queued(ctx: Context, entity: str, mode: Mode, on_existing: OnExisting) -> ImportRow:
    return ImportRow(
        id=ctx.new_id(),
        entity=entity,
        mode=mode.value,
        on_existing=on_existing.value,
        state=State.QUEUED.value,
        file_name="",
        format="",
        size=0,
        sha256="",
        content_id=ctx.new_id(),
        region_code=ctx.principal.region_code,
        created_by=ctx.principal.subject,
        created_at=ctx.now,
        principal=principal_facts(ctx.principal),
        notices=[],
    )


def principal_facts(principal: Principal) -> dict[str, Any]:
    """The caller as JSON, for the job that acts for it later."""

    def text(value: UUID | None) -> str | None:
        return None if value is None else str(value)

    return {
        "subject": principal.subject,
        "role": principal.role.value,
        "region_code": principal.region_code,
        "enterprise_id": text(principal.enterprise_id),
        "scopes": sorted(principal.scopes),
        "kind": principal.kind,
        "account_id": text(principal.account_id),
        "person_id": text(principal.person_id),
        "unit_id": text(principal.unit_id),
    }


def principal_of(facts: dict[str, Any]) -> Principal:
    """The caller that :func:`principal_facts` wrote down."""

    def key(name: str) -> UUID | None:
        return None if facts[name] is None else UUID(facts[name])

    return Principal(
        subject=facts["subject"],
        role=Role(facts["role"]),
        region_code=facts["region_code"],
        enterprise_id=key("enterprise_id"),
        scopes=frozenset(facts["scopes"]),
        kind=facts["kind"],
        account_id=key("account_id"),
        person_id=key("person_id"),
        unit_id=key("unit_id"),
    )
