"""What of the documents the search finds: titles, names and notes, seen by whom their owner is seen."""

from libs.common.context import Context
from services.projects.documents.service.owners import OwnerPlace
from services.projects.documents.tables import DocumentRow
from services.projects.search_index.domain.entry import Entry, EntryType, listed
from services.projects.search_index.service import index_entry, remove_entry


def entry_of_document(row: DocumentRow, place: OwnerPlace) -> Entry:
    return Entry(
        type=EntryType.DOCUMENT,
        id=row.id,
        title=row.title,
        body="\n".join(part for part in (row.name, row.notes) if part),
        path=f"/v1/documents/{row.id}",
        region_code=place.region_code,
        enterprise_id=place.enterprise_id,
        project_id=place.project_id,
        offices_only=place.offices_only,
        also_regions=listed(place.also_regions),
        version=row.version,
    )


async def index_document(ctx: Context, row: DocumentRow, place: OwnerPlace) -> None:
    """The document as this transaction has stored it; what is withdrawn is found no more."""
    if row.withdrawn_at is None:
        await index_entry(ctx, entry_of_document(row, place))
    else:
        await remove_entry(ctx, EntryType.DOCUMENT, row.id)
