"""Users of orderly use: what an enterprise is, draws and can give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from libs.common.context import Context
from libs.common.registry.queries import Enterprise, enterprise_by_id
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.energy.curtailment import repository
from services.energy.curtailment.domain.users import Category, Measure, Offer
from services.energy.curtailment.errors import (
    CurtailmentEnterpriseUnknown,
    CurtailmentMeterUnfit,
    OfferUnfit,
    SecurityLoadTooLarge,
)
from services.energy.curtailment.tables import CurtailmentUserRow


@dataclass(frozen=True, slots=True)
class UserTerms:
    """What is said of a user; loads in kW, ``rest_weekdays`` 1 Monday to 7 Sunday."""

    category: Category
    max_load_kw: float
    security_load_kw: float
    meter_nos: tuple[str, ...]
    offers: tuple[Offer, ...]
    rest_weekdays: tuple[int, ...] = ()
    output_yuan_per_kwh: float | None = None
    note: str = ""
    active: bool = True


async def put_user(ctx: Context, enterprise_id: UUID, terms: UserTerms) -> tuple[CurtailmentUserRow, bool]:
    """Record an enterprise as a user, or change it; returns it and whether it is new.

    Raises CurtailmentEnterpriseUnknown, CurtailmentMeterUnfit, SecurityLoadTooLarge, OfferUnfit.
    """
    enterprise = await _enterprise(ctx, enterprise_id)
    await repository.lock(ctx.session, "curtailment_user", str(enterprise_id))
    row = await repository.find_user(ctx.session, enterprise_id, lock=True)
    is_new = row is None
    _check(terms)
    if row is None:
        row = CurtailmentUserRow(
            id=ctx.new_id(),
            enterprise_id=enterprise_id,
            code=enterprise.credit_code,
            name=enterprise.name,
            region_code=enterprise.region_code,
            category=terms.category.value,
            max_load_kw=terms.max_load_kw,
            security_load_kw=terms.security_load_kw,
            rest_weekdays=[],
            note="",
            active=True,
            version=0,
            changed_at=ctx.now,
            changed_by=ctx.principal.subject,
        )
        ctx.session.add(row)
    elif _plain(terms) == _plain(await terms_of(ctx, row)) and (row.code, row.name, row.region_code) == _named(
        enterprise
    ):
        # The same again changes nothing.
        return row, False
    await change_user(ctx, row, terms, enterprise)
    return row, is_new


async def change_user(
    ctx: Context, row: CurtailmentUserRow, terms: UserTerms, enterprise: Enterprise | None = None
) -> CurtailmentUserRow:
    """Set what is said of a locked user; name and region are the registry's of now.

    Raises CurtailmentEnterpriseUnknown, CurtailmentMeterUnfit, SecurityLoadTooLarge, OfferUnfit.
    """
    enterprise = enterprise or await _enterprise(ctx, row.enterprise_id)
    _check(terms)
    await _check_meters(ctx, row, terms.meter_nos)
    row.code, row.name, row.region_code = _named(enterprise)
    row.category = terms.category.value
    row.max_load_kw, row.security_load_kw = terms.max_load_kw, terms.security_load_kw
    row.rest_weekdays = sorted(set(terms.rest_weekdays))
    row.output_yuan_per_kwh = terms.output_yuan_per_kwh
    row.note, row.active = terms.note, terms.active
    row.version += 1
    row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    await repository.put_terms(ctx.session, row.id, terms.offers, terms.meter_nos)
    return row


async def terms_of(ctx: Context, row: CurtailmentUserRow) -> UserTerms:
    """What is said of the user now."""
    offers = await repository.offers_of(ctx.session, [row.id])
    meters = await repository.meters_of(ctx.session, [row.id])
    return UserTerms(
        category=Category(row.category),
        max_load_kw=row.max_load_kw,
        security_load_kw=row.security_load_kw,
        meter_nos=tuple(meter_no for meter_no, _ in meters.get(row.id, [])),
        offers=tuple(offers.get(row.id, [])),
        rest_weekdays=tuple(row.rest_weekdays),
        output_yuan_per_kwh=row.output_yuan_per_kwh,
        note=row.note,
        active=row.active,
    )


async def _enterprise(ctx: Context, enterprise_id: UUID) -> Enterprise:
    """The registry's, of the caller's regions; an enterprise keeps none of these records itself."""
    found = await enterprise_by_id(ctx.session, enterprise_id)
    if found is None or ctx.principal.is_enterprise_bound or not reaches_region(ctx.principal, found.region_code):
        raise CurtailmentEnterpriseUnknown(enterprise_id=enterprise_id)
    return found


def _plain(terms: UserTerms) -> UserTerms:
    """The same in whatever order it is said."""
    return replace(
        terms,
        meter_nos=tuple(sorted(terms.meter_nos)),
        offers=tuple(sorted(terms.offers, key=lambda offer: offer.measure.rank)),
        rest_weekdays=tuple(sorted(set(terms.rest_weekdays))),
    )


def _named(enterprise: Enterprise) -> tuple[str, str, str]:
    return enterprise.credit_code, enterprise.name, enterprise.region_code


def _check(terms: UserTerms) -> None:
    if terms.security_load_kw > terms.max_load_kw:
        raise SecurityLoadTooLarge(security_load_kw=terms.security_load_kw, max_load_kw=terms.max_load_kw)
    seen: set[Measure] = set()
    for number, offer in enumerate(terms.offers):
        if offer.measure in seen or not offer.is_fit(terms.max_load_kw):
            fault = FieldError("curtailment.offer_unfit", f"/offers/{number}", {"measure": offer.measure})
            raise OfferUnfit(measure=offer.measure, errors=[fault])
        seen.add(offer.measure)


async def _check_meters(ctx: Context, row: CurtailmentUserRow, meter_nos: Sequence[str]) -> None:
    """Each exists, lives, belongs to the enterprise, and measures no other user."""
    known = await repository.meters_by_no(ctx.session, meter_nos)
    taken = await repository.measured_by(ctx.session, meter_nos)
    for number, meter_no in enumerate(meter_nos):
        meter = known.get(meter_no)
        is_own = meter is not None and meter.enterprise_id == row.enterprise_id and meter.valid_to is None
        is_free = taken.get(meter_no, row.id) == row.id and meter_no not in meter_nos[:number]
        if not is_own or not is_free:
            fault = FieldError("curtailment.meter_unfit", f"/meter_nos/{number}", {"meter_no": meter_no})
            raise CurtailmentMeterUnfit(meter_no=meter_no, errors=[fault])
