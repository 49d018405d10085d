"""The economy of a list: the figures of whoever is on it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from libs.common.context import Context
from services.projects.economy.domain.months import last_day
from services.projects.economy.domain.question import Question
from services.projects.lists.repository.lists import enterprises_on
from services.projects.lists.service.lists import read_list


async def of_members(ctx: Context, list_id: UUID, question: Question, day: date | None) -> Question:
    """The question about whoever was on the list on the day, without one at the month's end.

    The same enterprises are looked at in every month that is compared. Raises NotFound.
    """
    row = await read_list(ctx, list_id)
    members = frozenset(await enterprises_on(ctx.session, row.id, day or last_day(question.month)))
    asked = question.enterprise_ids
    return replace(question, enterprise_ids=members if asked is None else members & asked)
