"""An importable entity: its columns, its key, and how a batch of rows becomes state, by the use cases of REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from libs.common.context import Context
from libs.common.security.principal import Role
from libs.common.web.problems import DomainError, FieldError
from services.projects.exchange.domain.columns import Column
from services.projects.ledger.service.ledger import Ledger


class OnExisting(StrEnum):
    """What happens to a row whose key exists: it updates, or it is a fault."""

    UPDATE = "update"
    REFUSE = "refuse"


class Outcome(StrEnum):
    """What a row did."""

    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file. ``values`` by field, without the empty cells; ``cleared`` fields are taken away."""

    sheet: str
    number: int
    values: Mapping[str, Any]
    cleared: frozenset[str] = frozenset()

    @property
    def facts(self) -> dict[str, Any]:
        """What the row says, a cleared field as None."""
        return {**self.values, **dict.fromkeys(self.cleared)}


class RowFault(DomainError):
    """A fault that only an import knows; ``errors`` names the fields."""

    code = "import.row_refused"


class Reporter(Protocol):
    """Takes what becomes of each row."""

    def done(self, row: Row, outcome: Outcome) -> None: ...

    def refused(self, row: Row, error: DomainError | ValidationError) -> None: ...


@dataclass(frozen=True, slots=True)
class Job:
    """What applying a batch needs; ``ctx`` is the importing caller's."""

    ctx: Context
    ledger: Ledger
    on_existing: OnExisting
    report: Reporter


Apply = Callable[[Job, Sequence[Row]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ImportEntity:
    """``apply`` writes a batch; rows of a file come in order, and a key comes once. ``roles`` are those of REST.

    ``places`` are the columns for what REST's bodies and faults name otherwise: ``location/system``.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    roles: tuple[Role, ...]
    apply: Apply
    batch_size: int = 2_000
    places: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", {column.field: column for column in self.columns})


def fault(code: str, name: str, **params: object) -> RowFault:
    """A fault of one field of a row."""
    return RowFault(errors=[FieldError(code, f"/{name}", params)])


@contextmanager
def pointing(**fields: str) -> Iterator[None]:
    """Let the faults of a use case point to the columns its fields come from: ``pointing(on="signed_on")``."""
    try:
        yield
    except DomainError as error:
        error.errors = tuple(
            replace(one, pointer=f"/{fields.get(one.pointer[1:], one.pointer[1:])}") for one in error.errors
        )
        if not error.errors and "on" in fields:
            error.errors = (FieldError("import.row_refused", f"/{fields['on']}"),)
        raise


def demand_present(row: Row, names: Sequence[str]) -> None:
    """Raises RowFault naming every field that a new row needs and this one lacks."""
    missing = [name for name in names if row.values.get(name) is None]
    if missing:
        raise RowFault(errors=[FieldError("fact.required", f"/{name}") for name in missing])


def refuse_existing(job: Job, name: str) -> None:
    """Raises RowFault where rows that exist are to be refused."""
    if job.on_existing is OnExisting.REFUSE:
        raise fault("import.exists", name)


def validated(model: type[BaseModel], values: Mapping[str, Any]) -> Any:
    """The model of what REST would have been sent. Raises ValidationError."""
    return model.model_validate(dict(values))
