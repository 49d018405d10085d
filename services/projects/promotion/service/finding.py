"""What of promotion the search finds: leads. Who is courted by whom is the offices' business."""

from services.projects.promotion.tables import LeadRow
from services.projects.search_index.domain.entry import Entry, EntryType


def entry_of_lead(row: LeadRow) -> Entry:
    return Entry(
        type=EntryType.LEAD,
        id=row.id,
        title=row.name,
        code=row.code,
        body="\n".join(part for part in (row.summary, row.next_step) if part),
        path=f"/v1/leads/{row.id}",
        region_code=row.region_code,
        version=row.version,
        offices_only=True,
    )
