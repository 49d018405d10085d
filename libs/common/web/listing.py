"""Lists: what may be filtered and sorted is said once, beside the SQL; the route takes the checked query.

``repository.py``::

    PROJECTS = Listing(
        fields={"id": FilterField(ProjectRow.id, UUID), "stage": FilterField(ProjectRow.stage, Stage), …},
        sortable=("created_at", "name"), default_sort="-created_at",
    )
    async def list_projects(session, principal, query: ListQuery) -> Page[ProjectRow]:
        return await query.page(session, select(ProjectRow).where(region_scope(…)))

``routes.py``::

    @router.get("/v1/projects", response_model=PageOf[ProjectRead])
    async def list_projects(
        request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(PROJECTS)]
    ) -> Response:
        page = await repository.list_projects(ctx.session, ctx.principal, query)
        return page_response(request, page, query, ProjectRead)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

import orjson
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.web.filters import FilterFaults, FilterField, filter_parameters, parse_filters
from libs.common.web.pagination import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    InvalidCursor,
    Page,
    SortKey,
    after,
    decode_cursor,
    encode_cursor,
)
from libs.common.web.problems import FieldError, MalformedRequest

ModelT = TypeVar("ModelT", bound=BaseModel)
ItemT = TypeVar("ItemT")

_MAX_SORTS = 4


class PageOf(BaseModel, Generic[ItemT]):
    """One page; pass ``next_cursor`` as ``cursor`` for the next, it is null on the last."""

    items: list[ItemT]
    next_cursor: str | None = Field(description="Also in the Link header as rel=next.")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A checked query of a list."""

    limit: int
    keys: tuple[SortKey, ...]
    conditions: tuple[ColumnElement[bool], ...] = ()
    place: tuple[Any, ...] | None = None
    fields: frozenset[str] | None = None
    salt: str = ""

    def statement(self, statement: Select[Any]) -> Select[Any]:
        """``statement`` with filters, order and place; one row more than the page tells of a next one."""
        narrowed = statement.where(*self.conditions).order_by(*(key.order() for key in self.keys))
        if self.place is not None:
            narrowed = narrowed.where(after(self.keys, self.place))
        return narrowed.limit(self.limit + 1)

    async def page(self, session: AsyncSession, statement: Select[Any]) -> Page[Any]:
        """The page's rows: what ``statement`` selects, as a scalar where it selects one thing, else a tuple."""
        wanted = len(statement.column_descriptions)
        rows = (await session.execute(self.statement(statement).add_columns(*self._key_columns()))).all()
        shown = rows[: self.limit]
        items = [row[0] if wanted == 1 else tuple(row[:wanted]) for row in shown]
        if len(rows) <= self.limit:
            return Page(items)
        return Page(items, encode_cursor(self.keys, tuple(shown[-1][wanted:]), self.salt))

    def _key_columns(self) -> list[ColumnElement[Any]]:
        # Labels keep them apart from columns of the same name in the statement itself.
        return [key.column.label(f"sort_key_{number}") for number, key in enumerate(self.keys)]


class Listing:
    """What may be asked of a list. Used as a dependency it answers with a :class:`ListQuery` or 422.

    ``key`` names a field that is unique and never null; it is always the last part of the order.
    ``selectable`` are the fields ``fields=`` may name (those of the response model); None switches it off.
    """

    def __init__(
        self,
        *,
        fields: Mapping[str, FilterField],
        sortable: Sequence[str] = (),
        default_sort: str = "",
        key: str = "id",
        selectable: type[BaseModel] | None = None,
    ) -> None:
        self.fields = dict(fields)
        self.sortable = tuple(dict.fromkeys((*sortable, key)))
        self.key = key
        self.default_sort = default_sort or key
        self.selectable = None if selectable is None else frozenset(selectable.model_fields)
        unknown = set(self.sortable) - set(self.fields)
        if unknown:
            raise ValueError(f"sortable but not among the fields: {sorted(unknown)}")
        self._default_keys = self._keys(self.default_sort, [])

    async def __call__(
        self,
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
        cursor: Annotated[str | None, Query(description="next_cursor of the page before.")] = None,
        sort: Annotated[str | None, Query(description="Fields by comma; a minus sorts downwards.")] = None,
        fields: Annotated[str | None, Query(description="Fields of each item by comma.")] = None,
    ) -> ListQuery:
        return self.read(request.query_params.multi_items(), limit, cursor, sort, fields)

    def read(
        self,
        query: Sequence[tuple[str, str]],
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        sort: str | None = None,
        fields: str | None = None,
    ) -> ListQuery:
        """The checked query; ``query`` holds the filters, other parameters in it are not looked at.

        Raises MalformedRequest naming every fault.
        """
        errors: list[FieldError] = []
        conditions: list[ColumnElement[bool]] = []
        try:
            conditions = parse_filters(self.fields, query)
        except FilterFaults as faults:
            errors += faults.errors
        keys = self._default_keys if sort is None else self._keys(sort, errors)
        chosen = None if fields is None else self._chosen(fields, errors)
        salt = "&".join(sorted(f"{name}={value}" for name, value in query if name.startswith("filter")))
        place = None
        if cursor is not None and not errors:
            try:
                place = tuple(decode_cursor(keys, cursor, salt))
            except InvalidCursor:
                errors.append(FieldError("field.cursor_invalid", parameter="cursor"))
        if errors:
            raise MalformedRequest(errors=errors)
        return ListQuery(limit, keys, tuple(conditions), place, chosen, salt)

    def selecting(self, model: type[BaseModel]) -> "Listing":
        """The same list for routes that answer with ``model``, whose fields ``fields=`` may name."""
        return self.selecting_names(model.model_fields)

    def selecting_names(self, names: Iterable[str]) -> "Listing":
        """The same list, where ``fields=`` may name these."""
        chosen = copy(self)
        chosen.selectable = frozenset(names)
        return chosen

    def _keys(self, sort: str, errors: list[FieldError]) -> tuple[SortKey, ...]:
        keys: dict[str, SortKey] = {}
        for part in sort.split(",")[:_MAX_SORTS]:
            name = part.strip().removeprefix("-")
            if name not in self.sortable:
                known = list(self.sortable)
                errors.append(
                    FieldError("field.sort_unknown", parameter="sort", params={"name": name, "known": known})
                )
                continue
            keys.setdefault(name, self._key(name, descending=part.strip().startswith("-")))
        # The tie-breaker runs the way of the last part, so that one index can serve the whole order.
        last = next(reversed(keys.values()), None)
        keys.setdefault(self.key, self._key(self.key, descending=last is not None and last.descending))
        return tuple(keys.values())

    def _key(self, name: str, *, descending: bool) -> SortKey:
        found = self.fields[name]
        nullable = name != self.key and _is_nullable(found.column)
        return SortKey(name, found.column, found.type, descending=descending, nullable=nullable)

    def _chosen(self, fields: str, errors: list[FieldError]) -> frozenset[str]:
        chosen = frozenset(name.strip() for name in fields.split(",") if name.strip())
        known = self.selectable or frozenset()
        errors += [
            FieldError("field.fields_unknown", parameter="fields", params={"name": name, "known": sorted(known)})
            for name in sorted(chosen - known)
        ]
        return chosen

    def openapi_parameters(self) -> list[dict[str, Any]]:
        """The filters, which FastAPI cannot see."""
        return filter_parameters(self.fields)


def _is_nullable(column: Any) -> bool:
    expression = getattr(column, "expression", column)
    return bool(getattr(expression, "nullable", True))


def page_response(
    request: Request,
    page: Page[Any],
    query: ListQuery,
    model: type[ModelT],
    convert: Callable[[Any], ModelT] | None = None,
) -> Response:
    """The page as JSON with its ``Link``; ``convert`` makes a row a ``model`` (by its attributes if not given)."""
    make = convert or (lambda row: model.model_validate(row, from_attributes=True))
    wanted = None if query.fields is None else set(query.fields)
    items = b",".join(make(row).model_dump_json(include=wanted).encode() for row in page.items)
    body = b'{"items":[' + items + b'],"next_cursor":' + orjson.dumps(page.next_cursor) + b"}"
    headers = {} if page.next_cursor is None else {"Link": next_link(request, page.next_cursor)}
    return Response(body, media_type="application/json", headers=headers)


def next_link(request: Request, cursor: str) -> str:
    """``Link`` of the next page, relative: the caller knows by which name it reached us (RFC 8288)."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f'<{request.url.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'
