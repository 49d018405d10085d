"""Documents of meetings: read by the offices that the meeting concerns, added by those of its region."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select

from libs.common.context import Context
from libs.common.security.principal import Principal
from libs.common.security.scope import ensure_region
from services.projects.documents.service.owners import OwnerPlace
from services.projects.meetings.repository import visible_meetings
from services.projects.meetings.repository.finding import regions_of_agenda
from services.projects.meetings.service.meetings import read_meeting


class MeetingDocuments:
    """A DocumentOwner: signed minutes, sign-in sheets, photos."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        meeting = await read_meeting(ctx, owner_id)
        regions = await regions_of_agenda(ctx.session, owner_id)
        return OwnerPlace(meeting.row.region_code, offices_only=True, also_regions=tuple(regions))

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        place = await self.read(ctx, owner_id)
        ensure_region(ctx.principal, place.region_code)
        return place

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_meetings(principal)
