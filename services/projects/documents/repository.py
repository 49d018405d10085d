"""SQL of documents."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.documents.domain.kinds import Category, FileKind
from services.projects.documents.tables import DocumentChunkRow, DocumentContentRow, DocumentRow
from services.projects.registry.repository import lock_key

# Small enough to be nothing in memory, large enough that 20 MB are 80 round trips.
CHUNK_BYTES = 256 * 1024

DOCUMENTS = Listing(
    fields={
        "id": FilterField(col(DocumentRow.id), UUID),
        "owner_type": FilterField(col(DocumentRow.owner_type)),
        "owner_id": FilterField(col(DocumentRow.owner_id), UUID),
        "name": FilterField(col(DocumentRow.name)),
        "title": FilterField(col(DocumentRow.title)),
        "category": FilterField(col(DocumentRow.category), Category),
        "kind": FilterField(col(DocumentRow.kind), FileKind),
        "sha256": FilterField(col(DocumentRow.sha256)),
        "size_bytes": FilterField(col(DocumentRow.size_bytes), int),
        "uploaded_at": FilterField(col(DocumentRow.uploaded_at), datetime),
        "withdrawn": FilterField(col(DocumentRow.withdrawn_at).is_not(None), bool, frozenset({"eq"})),
    },
    sortable=("uploaded_at", "title", "name", "size_bytes"),
    default_sort="-uploaded_at",
)


async def store_content(
    session: AsyncSession, sha256: str, size: int, pieces: AsyncIterator[bytes], at: datetime
) -> bool:
    """Write the content unless it is here already; False then. ``pieces`` are of ``CHUNK_BYTES``, but the last."""
    # Two uploads of the same bytes at once: the second waits and then finds them.
    await lock_key(session, "document_content", sha256)
    if await session.get(DocumentContentRow, sha256) is not None:
        return False
    await session.execute(insert(DocumentContentRow).values(sha256=sha256, size_bytes=size, stored_at=at))
    number = 0
    async for piece in pieces:
        await session.execute(insert(DocumentChunkRow).values(sha256=sha256, number=number, data=piece))
        number += 1
    return True


async def read_chunk(session: AsyncSession, sha256: str, number: int) -> bytes:
    statement = select(col(DocumentChunkRow.data)).where(
        col(DocumentChunkRow.sha256) == sha256, col(DocumentChunkRow.number) == number
    )
    return bytes((await session.execute(statement)).scalar_one())


async def find_document(session: AsyncSession, document_id: UUID, *, lock: bool = False) -> DocumentRow | None:
    statement = select(DocumentRow).where(col(DocumentRow.id) == document_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def documents_of(
    session: AsyncSession, owner_type: str, owner_ids: Collection[UUID]
) -> dict[UUID, list[DocumentRow]]:
    """The documents of some owners that were not withdrawn, as they were uploaded; an owner without is absent."""
    statement = (
        select(DocumentRow)
        .where(
            col(DocumentRow.owner_type) == owner_type,
            col(DocumentRow.owner_id).in_(owner_ids),
            col(DocumentRow.withdrawn_at).is_(None),
        )
        .order_by(col(DocumentRow.id))
    )
    found: dict[UUID, list[DocumentRow]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.owner_id, []).append(row)
    return found


async def list_documents(
    session: AsyncSession, visible: ColumnElement[bool], query: ListQuery
) -> Page[DocumentRow]:
    return await query.page(session, select(DocumentRow).where(visible))
