"""What of the meetings the search finds: the minutes in their last edition, the agenda and what was decided."""

from libs.common.context import Context
from services.projects.meetings.repository.finding import found_meeting
from services.projects.meetings.tables import MeetingRow
from services.projects.search_index.domain.entry import Entry, EntryType, listed
from services.projects.search_index.service import index_entry


def entry_of_meeting(
    row: MeetingRow, document_no: str | None, texts: str, region_codes: list[str] | None
) -> Entry:
    """Offices alone find meetings: those of its subtree and those of the projects on its agenda."""
    return Entry(
        type=EntryType.MEETING,
        id=row.id,
        title=row.title,
        code=document_no or "",
        body="\n".join(part for part in (texts, row.place) if part),
        path=f"/v1/meetings/{row.id}",
        region_code=row.region_code,
        version=row.version,
        offices_only=True,
        also_regions=listed(region_codes or ()),
    )


async def index_meeting(ctx: Context, row: MeetingRow) -> None:
    """The meeting as this transaction has stored it."""
    await index_entry(ctx, entry_of_meeting(*await found_meeting(ctx.session, row.id)))
