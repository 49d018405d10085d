"""Adding, reading, amending and withdrawing documents."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import DocumentAddedV1, DocumentAmendedV1, DocumentWithdrawnV1
from libs.common.outbox.record import record_event
from libs.common.security.principal import Role
from libs.common.web.problems import Forbidden, NotFound
from libs.common.web.spool import SpooledBody
from services.projects.documents import repository
from services.projects.documents.domain.inspection import inspect
from services.projects.documents.domain.kinds import KINDS, Category, FileKind, declared_kind, essence_of
from services.projects.documents.domain.names import safe_name, title_of
from services.projects.documents.errors import DocumentWithdrawn, EmptyDocument, TypeNotAllowed
from services.projects.documents.service.finding import index_document
from services.projects.documents.service.owners import DocumentOwners, OwnerPlace
from services.projects.documents.tables import DocumentRow

# Those who look into what was withdrawn.
_SEE_WITHDRAWN = frozenset({Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class Documents:
    """What documents need of the installation: whose they are, and which kinds are kept."""

    owners: DocumentOwners
    allowed: frozenset[FileKind]

    def kind_of(self, content_type: str) -> FileKind:
        """The declared kind. Raises TypeNotAllowed."""
        kind = declared_kind(content_type)
        if kind is None or kind not in self.allowed:
            allowed = sorted(KINDS[one].media_type for one in self.allowed)
            raise TypeNotAllowed(media_type=essence_of(content_type) or "–", allowed=allowed)
        return kind


@dataclass(frozen=True, slots=True)
class Upload:
    """What comes with the bytes. An empty title is taken from the name."""

    owner_type: str
    owner_id: UUID
    name: str
    category: Category
    title: str = ""
    notes: str = ""


async def add_document(
    documents: Documents, ctx: Context, upload: Upload, content_type: str, body: SpooledBody
) -> DocumentRow:
    """Keep the bytes, once, and the document that holds them.

    Raises UnknownOwnerType, NotFound, TypeNotAllowed, EmptyDocument, TypeMismatch, DamagedDocument.
    """
    kind = documents.kind_of(content_type)
    if body.size == 0:
        raise EmptyDocument
    # Reading a file of megabytes must not hold up other requests.
    charset = await asyncio.to_thread(inspect, body.file, body.size, kind)
    place = await documents.owners.of(upload.owner_type).write(ctx, upload.owner_id)
    await repository.store_content(
        ctx.session, body.sha256, body.size, body.pieces(repository.CHUNK_BYTES), ctx.now
    )
    name = safe_name(upload.name, kind)
    row = DocumentRow(
        id=ctx.new_id(),
        owner_type=upload.owner_type,
        owner_id=upload.owner_id,
        name=name,
        title=upload.title or title_of(name),
        category=upload.category.value,
        notes=upload.notes,
        kind=kind.value,
        media_type=KINDS[kind].media_type,
        charset=charset,
        sha256=body.sha256,
        size_bytes=body.size,
        uploaded_at=ctx.now,
        uploaded_by=ctx.principal.subject,
        enterprise_id=ctx.principal.enterprise_id,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    payload = DocumentAddedV1(
        document_id=row.id,
        owner_type=row.owner_type,
        owner_id=row.owner_id,
        name=row.name,
        title=row.title,
        category=row.category,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
    )
    await _record(ctx, row, place, payload)
    return row


async def read_document(documents: Documents, ctx: Context, document_id: UUID) -> DocumentRow:
    """Raises NotFound, also where the owner is not the caller's to see."""
    row = await repository.find_document(ctx.session, document_id)
    if row is None:
        raise NotFound
    await documents.owners.of(row.owner_type).read(ctx, row.owner_id)
    return row


async def readable_content(documents: Documents, ctx: Context, document_id: UUID) -> DocumentRow:
    """As :func:`read_document`; what was withdrawn only for those who audit. Raises DocumentWithdrawn."""
    row = await read_document(documents, ctx, document_id)
    if row.withdrawn_at is not None and ctx.principal.role not in _SEE_WITHDRAWN:
        raise DocumentWithdrawn(reason=row.withdrawn_reason)
    return row


async def open_document(documents: Documents, ctx: Context, document_id: UUID) -> tuple[DocumentRow, OwnerPlace]:
    """The document, locked, to be changed. Raises NotFound, Forbidden, DocumentWithdrawn.

    Enterprises change what they themselves have sent, and leave alone what an office added.
    """
    row = await repository.find_document(ctx.session, document_id, lock=True)
    if row is None:
        raise NotFound
    place = await documents.owners.of(row.owner_type).write(ctx, row.owner_id)
    if ctx.principal.is_enterprise_bound and row.enterprise_id != ctx.principal.enterprise_id:
        raise Forbidden
    if row.withdrawn_at is not None:
        raise DocumentWithdrawn(reason=row.withdrawn_reason)
    return row, place


async def amend_document(ctx: Context, row: DocumentRow, place: OwnerPlace, facts: dict[str, Any]) -> None:
    """Change title, category or notes; nothing happens when they are so already."""
    changed = {name: value for name, value in facts.items() if getattr(row, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(row, name, value)
    payload = DocumentAmendedV1(
        document_id=row.id,
        owner_type=row.owner_type,
        owner_id=row.owner_id,
        title=row.title,
        category=row.category,
        fields=tuple(sorted(changed)),
    )
    row.advance(ctx.now)
    await _record(ctx, row, place, payload)


async def withdraw_document(ctx: Context, row: DocumentRow, place: OwnerPlace, reason: str) -> None:
    """Take the document out of use and say why; its content is kept."""
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = ctx.now, ctx.principal.subject, reason
    payload = DocumentWithdrawnV1(
        document_id=row.id, owner_type=row.owner_type, owner_id=row.owner_id, title=row.title, reason=reason
    )
    row.advance(ctx.now)
    await _record(ctx, row, place, payload)


async def _record(ctx: Context, row: DocumentRow, place: OwnerPlace, payload: EventPayload) -> None:
    await ctx.session.flush()
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=place.region_code,
        enterprise_id=place.enterprise_id,
    )
    await index_document(ctx, row, place)
