"""SQL of the search's index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    delete,
    false,
    func,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from services.projects.search_index.domain.entry import Entry, EntryType
from services.projects.search_index.domain.terms import MAX_INDEXED, Term, normalise, terms_of
from services.projects.search_index.tables import SearchEntryRow

# A longer title is compared by its beginning: what an index of PostgreSQL takes is limited.
_MAX_KEY = 600
_SHOWN = tuple(spec.name for spec in fields(Entry))
_COLUMNS = tuple(col(getattr(SearchEntryRow, name)) for name in _SHOWN)
_KEYS = (SearchEntryRow.title_key, SearchEntryRow.code_key, SearchEntryRow.body_key)
TIERS = 3
_VECTORS = frozenset({"heading_terms", "terms"})
_TYPES: dict[str, Any] = {
    column.name: Text() if column.name in _VECTORS else column.type
    for column in SearchEntryRow.__table__.columns  # type: ignore[attr-defined]
}


async def has_entries(session: AsyncSession) -> bool:
    return bool(await session.scalar(select(select(SearchEntryRow).exists())))


async def find_entries(session: AsyncSession, ids: Collection[UUID]) -> dict[tuple[str, UUID], Entry]:
    """The entries as they were written, of some things."""
    statement = select(*_COLUMNS).where(col(SearchEntryRow.id) == func.any(cast(list(ids), ARRAY(Uuid))))
    rows = (await session.execute(statement)).mappings().all()
    return {(row["type"], row["id"]): Entry(**{**row, "type": EntryType(row["type"])}) for row in rows}


async def write_entries(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Insert or replace; an entry that is older than the one kept is passed over."""
    if not entries:
        return
    rows = [_columns(entry) for entry in entries]
    names = list(_TYPES)
    # One array a column: the statement is the same for any number of entries, and parsed once.
    arrays = (cast([row[name] for row in rows], ARRAY(_TYPES[name])) for name in names)
    given = func.unnest(*arrays).table_valued(*names).render_derived()
    values = [
        func.array_to_tsvector(func.string_to_array(given.c[name], " ")) if name in _VECTORS else given.c[name]
        for name in names
    ]
    statement = insert(SearchEntryRow).from_select(names, select(*values))
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["id", "type"],
            set_={name: statement.excluded[name] for name in names if name not in {"id", "type"}},
            where=col(SearchEntryRow.version) <= statement.excluded["version"],
        )
    )


async def hand_over(session: AsyncSession, project_id: UUID, enterprise_id: UUID | None) -> None:
    """What belongs to a project is seen by the project's enterprise, another one from now on."""
    statement = update(SearchEntryRow).where(
        col(SearchEntryRow.project_id) == project_id, col(SearchEntryRow.offices_only).is_(False)
    )
    await session.execute(statement.values(enterprise_id=enterprise_id))


async def delete_entry(session: AsyncSession, type_: EntryType, entry_id: UUID) -> None:
    await session.execute(
        delete(SearchEntryRow).where(col(SearchEntryRow.id) == entry_id, col(SearchEntryRow.type) == type_.value)
    )


async def delete_all_but(session: AsyncSession, type_: EntryType, living: Select[Any]) -> int:
    """Delete the entries of a type whose id ``living`` does not select; returns how many."""
    statement = (
        delete(SearchEntryRow)
        .where(col(SearchEntryRow.type) == type_.value, col(SearchEntryRow.id).not_in(living))
        .returning(col(SearchEntryRow.id))
    )
    return len((await session.scalars(statement)).all())


def _columns(entry: Entry) -> dict[str, Any]:
    title, code = normalise(entry.title), normalise(entry.code)
    body = normalise(entry.body)[:MAX_INDEXED]
    heading = terms_of(title) | terms_of(code)
    return {
        **{name: getattr(entry, name) for name in _SHOWN},
        "type": entry.type.value,
        "title_key": title[:_MAX_KEY],
        "code_key": code[:_MAX_KEY],
        "body_key": body,
        # Terms hold no blanks.
        "heading_terms": " ".join(sorted(heading)),
        "terms": " ".join(sorted(heading | terms_of(body))),
    }


async def hits_of_tier(
    session: AsyncSession,
    principal: Principal,
    tier: int,
    query: str,
    terms: Sequence[Term],
    *,
    types: Collection[EntryType],
    region: ColumnElement[bool] | None,
    before: tuple[UUID, str] | None,
    limit: int,
    sees_offices: bool,
) -> Sequence[Any]:
    """Entries of one tier, newest first.

    Tier 0 is called or numbered as the query says, 1 has all terms in title and code, 2 in all its texts.
    """
    key = tuple_(col(SearchEntryRow.id), col(SearchEntryRow.type))
    statement = select(*_COLUMNS).where(
        _tier(tier, query, terms),
        _reached(principal),
        enterprise_scope(col(SearchEntryRow.enterprise_id), principal),
    )
    if not sees_offices:
        statement = statement.where(col(SearchEntryRow.offices_only).is_(False))
    if types:
        statement = statement.where(col(SearchEntryRow.type).in_(sorted(one.value for one in types)))
    if region is not None:
        statement = statement.where(region)
    if before is not None:
        statement = statement.where(key < before)
    statement = statement.order_by(col(SearchEntryRow.id).desc(), col(SearchEntryRow.type).desc()).limit(limit)
    return (await session.execute(statement)).mappings().all()


def _reached(principal: Principal) -> ColumnElement[bool]:
    """Entries of the caller's subtree, and those that further regions in it see."""
    own: ColumnElement[bool] = region_scope(col(SearchEntryRow.region_code), principal)
    if principal.region_code is None:
        return own
    try:
        prefix = regions.prefix(principal.region_code)
    except regions.InvalidRegionCode:
        return own
    return or_(own, col(SearchEntryRow.also_regions).like(f"% {prefix}%"))


def _tier(tier: int, query: str, terms: Sequence[Term]) -> ColumnElement[bool]:
    whole = query[:_MAX_KEY]
    named = or_(col(SearchEntryRow.title_key) == whole, col(SearchEntryRow.code_key) == whole)
    if tier == 0:
        return named
    if not terms:
        return false()
    in_heading = and_(
        _matches(col(SearchEntryRow.heading_terms), terms),
        *(
            or_(_holds(SearchEntryRow.title_key, term), _holds(SearchEntryRow.code_key, term))
            for term in terms
            if not term.is_proven_by_words
        ),
    )
    if tier == 1:
        return and_(in_heading, not_(named))
    in_text = and_(
        _matches(col(SearchEntryRow.terms), terms),
        *(or_(*(_holds(key, term) for key in _KEYS)) for term in terms if not term.is_proven_by_words),
    )
    return and_(in_text, not_(in_heading))


def _holds(key: Any, term: Term) -> ColumnElement[bool]:
    return func.strpos(col(key), term.text) > 0


def _matches(vector: Any, terms: Sequence[Term]) -> ColumnElement[bool]:
    words = sorted({word for term in terms for word in term.words})
    prefixes = sorted({term.prefix for term in terms if term.prefix is not None})
    # Words hold letters, digits and characters alone, so that nothing in them needs escaping. As a literal rather
    # than a parameter: the plan depends on how common they are.
    wanted = " & ".join([*(f"'{word}'" for word in words), *(f"'{prefix}':*" for prefix in prefixes)])
    query = cast(bindparam(None, wanted, Text, literal_execute=True, unique=True), TSQUERY)
    matched: ColumnElement[bool] = vector.op("@@", is_comparison=True)(query)
    return matched
