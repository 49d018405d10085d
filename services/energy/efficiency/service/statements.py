"""Taking a month of an enterprise: figures are laid over what stands, each correction with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.registry.tables import EnterpriseReplicaRow
from libs.common.web.problems import FieldError
from services.energy.efficiency.domain.books import OUTPUT_VALUE, Book, FigureKind, Flow, Key, Origin
from services.energy.efficiency.domain.carriers import Carrier, FactorKind, in_base_unit
from services.energy.efficiency.domain.converting import MonthEnergy
from services.energy.efficiency.errors import FigureUnfit, MonthAhead
from services.energy.efficiency.repository import catalogue, figures
from services.energy.efficiency.repository.books import Selection
from services.energy.efficiency.repository.scopes import lock_key
from services.energy.efficiency.service.clock import last_month_over
from services.energy.efficiency.service.world import World, read_books
from services.energy.efficiency.tables import FigureRow, MonthRow, ProductRow

# What the column takes: 14 digits before the point.
_MOST: Final = Decimal(10) ** 14


@dataclass(frozen=True, slots=True)
class Stated:
    """One figure as somebody states it; ``quantity`` None takes it back. ``pointer`` says where it stands."""

    kind: FigureKind
    code: str
    quantity: Decimal | None
    pointer: str
    process_code: str | None = None
    flow: Flow | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What figures may be of."""

    carriers: Mapping[str, Carrier]
    products: Mapping[str, ProductRow]

    def key_of(
        self, stated: Stated, month: date, processes: Mapping[str, UUID]
    ) -> tuple[Key, Decimal | None] | FieldError:
        """The figure's key and its quantity in the base unit, or what is wrong with it."""
        process_id = None
        if stated.process_code is not None:
            process_id = processes.get(stated.process_code)
            if process_id is None:
                return FieldError("figure.process_unknown", stated.pointer, {"code": stated.process_code})
        if stated.kind is FigureKind.USE:
            return self._use(
                stated, Key(stated.kind, month, process_id, stated.code, stated.flow or Flow.CONSUMED)
            )
        if stated.kind is FigureKind.OUTPUT:
            product = self.products.get(stated.code)
            if product is None:
                return FieldError("figure.product_unknown", stated.pointer, {"code": stated.code})
            if stated.unit not in {None, product.unit}:
                return FieldError("figure.unit_unknown", stated.pointer, {"unit": stated.unit})
        return self._checked(stated, Key(stated.kind, month, process_id, stated.code), stated.quantity)

    def _use(self, stated: Stated, key: Key) -> tuple[Key, Decimal | None] | FieldError:
        carrier = self.carriers.get(stated.code)
        if carrier is None:
            return FieldError("figure.carrier_unknown", stated.pointer, {"code": stated.code})
        if stated.quantity is None:
            return key, None
        quantity = in_base_unit(carrier, stated.quantity, stated.unit)
        if quantity is None:
            return FieldError("figure.unit_unknown", stated.pointer, {"unit": stated.unit})
        return self._checked(stated, key, quantity)

    @staticmethod
    def _checked(stated: Stated, key: Key, quantity: Decimal | None) -> tuple[Key, Decimal | None] | FieldError:
        if quantity is None:
            return key, None
        if quantity < 0:
            return FieldError("figure.negative", stated.pointer)
        if quantity >= _MOST:
            return FieldError("figure.too_large", stated.pointer)
        return key, quantity.quantize(Decimal("0.000001"))


async def vocabulary(ctx: Context) -> Vocabulary:
    return Vocabulary(await catalogue.carriers(ctx.session), await catalogue.products(ctx.session))


async def open_month(ctx: Context, enterprise_id: UUID, month: date) -> MonthRow | None:
    """The month's row, locked; its lock is held also where there is none yet."""
    await lock_key(ctx.session, "energy_month", f"{enterprise_id}:{month}")
    return await figures.lock_month(ctx.session, enterprise_id, month)


def demand_over(ctx: Context, month: date) -> None:
    """Raises MonthAhead."""
    if month > last_month_over(ctx):
        raise MonthAhead(month=month)


async def report_month(
    ctx: Context,
    enterprise: EnterpriseReplicaRow,
    row: MonthRow | None,
    month: date,
    stated: Sequence[Stated],
    reason: str,
) -> MonthRow:
    """Take figures of a month that :func:`open_month` locked. Raises MonthAhead, FigureUnfit."""
    demand_over(ctx, month)
    known = await vocabulary(ctx)
    processes = await process_ids(ctx, enterprise.enterprise_id)
    wanted: dict[Key, Decimal | None] = {}
    faults: list[FieldError] = []
    for one in stated:
        found = known.key_of(one, month, processes)
        if isinstance(found, FieldError):
            faults.append(found)
        elif found[0] in wanted:
            faults.append(FieldError("figure.repeated", one.pointer))
        else:
            wanted[found[0]] = found[1]
    if faults:
        raise FigureUnfit(errors=faults)
    row, fault = await lay_over(ctx, enterprise, row, month, wanted, reason)
    if fault is not None:
        raise FigureUnfit(errors=[fault])
    return row


async def process_ids(ctx: Context, enterprise_id: UUID) -> dict[str, UUID]:
    return {row.code: row.id for row in await figures.processes_of(ctx.session, enterprise_id)}


async def lay_over(
    ctx: Context,
    enterprise: EnterpriseReplicaRow,
    row: MonthRow | None,
    month: date,
    wanted: Mapping[Key, Decimal | None],
    reason: str,
) -> tuple[MonthRow, FieldError | None]:
    """Write what differs from what stands; what is wrong where it corrects something that it may not, or untold.

    An enterprise corrects what it stated itself; what an office entered or corrected, an office corrects.
    """
    subject = ctx.principal.subject
    origin = Origin.ENTERPRISE if ctx.principal.is_enterprise_bound else Origin.OFFICE
    stands = {
        _key(one): one for one in await figures.current_figures(ctx.session, enterprise.enterprise_id, month)
    }
    changed = {
        key: quantity
        for key, quantity in wanted.items()
        if (quantity is not None if key not in stands else stands[key].quantity != quantity)
    }
    corrected = [stands[key] for key in changed if key in stands]
    for one in corrected:
        one.replaced_at = ctx.now
    await ctx.session.flush()
    for key, quantity in changed.items():
        before = stands.get(key)
        ctx.session.add(
            FigureRow(
                id=ctx.new_id(),
                enterprise_id=enterprise.enterprise_id,
                region_code=enterprise.region_code,
                month=month,
                kind=key.kind.value,
                process_id=key.process_id,
                code=key.code,
                flow=None if key.flow is None else key.flow.value,
                quantity=quantity,
                revision=1 if before is None else before.revision + 1,
                recorded_at=ctx.now,
                recorded_by=subject,
                origin=origin.value,
                reason=reason,
            )
        )
    if row is None:
        row = MonthRow(
            enterprise_id=enterprise.enterprise_id,
            month=month,
            region_code=enterprise.region_code,
            reported_at=ctx.now,
            version=1,
            changed_at=ctx.now,
            changed_by=subject,
        )
        ctx.session.add(row)
    elif changed:
        row.advance(ctx.now, subject)
    await ctx.session.flush()
    return row, _fault(corrected, origin, reason)


def _fault(corrected: Sequence[FigureRow], origin: Origin, reason: str) -> FieldError | None:
    if origin is Origin.ENTERPRISE:
        foreign = sorted(one.code for one in corrected if one.origin != origin)
        if foreign:
            return FieldError("figure.entered_by_office", params={"codes": tuple(foreign)})
    return FieldError("figure.reason_required", "/reason") if corrected and not reason else None


def _key(row: FigureRow) -> Key:
    flow = None if row.flow is None else Flow(row.flow)
    return Key(FigureKind(row.kind), row.month, row.process_id, row.code, flow)


@dataclass(frozen=True, slots=True)
class Statement:
    """A month as it is read: energy of the whole and of each process, by one kind of factors."""

    book: Book
    world: World
    kind: FactorKind
    month: date
    whole: MonthEnergy
    processes: tuple[tuple[UUID, MonthEnergy], ...]

    @property
    def outputs(self) -> list[tuple[Key, Decimal]]:
        return [
            (key, quantity)
            for key, quantity in sorted(
                self.book.figures.items(), key=lambda item: (item[0].code, str(item[0][2]))
            )
            if key.month == self.month and key.kind is FigureKind.OUTPUT
        ]

    @property
    def output_value_yuan(self) -> Decimal | None:
        return self.book.figures.get(Key(FigureKind.VALUE, self.month, None, OUTPUT_VALUE))


async def read_month(
    ctx: Context, enterprise_id: UUID, month: date, kind: FactorKind, as_of: datetime | None
) -> Statement:
    """The month of an enterprise the caller may see."""
    books, world = await read_books(ctx, Selection((enterprise_id,)), month, month, as_of=as_of)
    book = books[enterprise_id]
    converter = world.converter(kind, book.region_code, month)
    parts = tuple((process_id, converter.month(book, process_id, month)) for process_id in book.processes)
    return Statement(book, world, kind, month, converter.month(book, None, month), parts)


async def read_months(
    ctx: Context, enterprise_id: UUID, months: Sequence[date], kind: FactorKind
) -> tuple[Book, list[MonthEnergy]]:
    """The enterprise's months as a whole, in order."""
    books, world = await read_books(ctx, Selection((enterprise_id,)), months[0], months[-1])
    book = books[enterprise_id]
    return book, [world.converter(kind, book.region_code, month).month(book, None, month) for month in months]
