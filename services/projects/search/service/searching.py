"""Looking something up: by tiers, newest first in each."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col

from libs.common.context import Context
from libs.common.web.pagination import InvalidCursor, Page, SortKey, decode_cursor, encode_cursor
from libs.common.web.problems import FieldError, MalformedRequest
from services.projects.registry.repository import region_filter
from services.projects.search_index import repository
from services.projects.search_index.domain.entry import Entry, EntryType
from services.projects.search_index.domain.snippet import Part, highlight, snippet
from services.projects.search_index.domain.terms import MAX_TERMS, Term, normalise, parse_query
from services.projects.search_index.tables import SearchEntryRow

_PLACE = (
    SortKey("tier", None, int),
    SortKey("id", None, UUID, descending=True),
    SortKey("type", None, str, descending=True),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: ``tier`` 0 is called or numbered so, 1 has the terms in title and code, 2 in its text."""

    entry: Entry
    tier: int
    title: tuple[Part, ...]
    snippet: tuple[Part, ...]


async def search(
    ctx: Context,
    q: str,
    *,
    types: Collection[EntryType] = (),
    region_code: str | None = None,
    cursor: str | None = None,
    limit: int = 20,
    sees_offices: bool = False,
) -> Page[Hit]:
    """A page of what the query finds within the caller's reach. Raises MalformedRequest."""
    terms = _demand_terms(q)
    salt = "&".join([q, region_code or "", *sorted(types)])
    tier, before = _place_of(cursor, salt)
    region = None
    if region_code is not None:
        region = region_filter(col(SearchEntryRow.region_code)).own["within"](
            col(SearchEntryRow.region_code), region_code
        )
    hits: list[Hit] = []
    # The tiers one after the other: once a page is full, what comes later is not looked for.
    while len(hits) <= limit and tier < repository.TIERS:
        rows = await repository.hits_of_tier(
            ctx.session,
            ctx.principal,
            tier,
            normalise(q),
            terms,
            types=types,
            region=region,
            before=before,
            limit=limit + 1 - len(hits),
            sees_offices=sees_offices,
        )
        hits += [_hit(row, tier, terms) for row in rows]
        tier, before = tier + 1, None
    shown = hits[:limit]
    if len(hits) <= limit:
        return Page(shown)
    last = shown[-1]
    return Page(shown, encode_cursor(_PLACE, (last.tier, last.entry.id, last.entry.type.value), salt))


def _demand_terms(q: str) -> tuple[Term, ...]:
    if "\x00" in q:
        raise MalformedRequest(errors=[FieldError("field.string_nul", parameter="q")])
    terms = parse_query(q)
    if not terms:
        raise MalformedRequest(errors=[FieldError("search.nothing_to_find", parameter="q")])
    if len(terms) > MAX_TERMS:
        raise MalformedRequest(
            errors=[FieldError("search.too_many_terms", parameter="q", params={"max": MAX_TERMS})]
        )
    return terms


def _place_of(cursor: str | None, salt: str) -> tuple[int, tuple[UUID, str] | None]:
    if cursor is None:
        return 0, None
    try:
        tier, entry_id, type_ = decode_cursor(_PLACE, cursor, salt)
    except InvalidCursor as error:
        raise MalformedRequest(errors=[FieldError("field.cursor_invalid", parameter="cursor")]) from error
    if not 0 <= tier < repository.TIERS:
        raise MalformedRequest(errors=[FieldError("field.cursor_invalid", parameter="cursor")])
    return tier, (entry_id, type_)


def _hit(row: Any, tier: int, terms: tuple[Term, ...]) -> Hit:
    entry = Entry(**{**row, "type": EntryType(row["type"])})
    wanted = [term.text for term in terms]
    return Hit(entry, tier, highlight(entry.title, wanted), snippet(entry.body, wanted))
