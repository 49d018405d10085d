"""The catalogue of matters and the lawful grounds of a pause."""

from datetime import date

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.projects.approvals import repository
from services.projects.approvals.domain.clock import PauseGround
from services.projects.approvals.domain.matters import Matter, adopt, demand_order
from services.projects.approvals.errors import (
    UnknownApprovalReference,
    UnknownMatter,
    UnknownPauseGround,
    UnknownTemplate,
)
from services.projects.approvals.tables import ApprovalMatterRow, PauseGroundRow
from services.projects.registry.domain.validity import in_force
from services.projects.registry.repository import has_unit, lock_key
from services.projects.registry.service.placing import demand_reach, place
from services.projects.registry.service.recording import demand_region


async def put_matter(ctx: Context, matter: Matter) -> ApprovalMatterRow:
    """Put a matter in force from its first day on; cases accepted before keep the terms they were accepted by.

    Raises MatterNotOrdered, UnknownApprovalReference, EverywhereForbidden, UnknownRegion, ValidityNotOrdered,
    ValidityOverlap.
    """
    demand_order(matter)
    await demand_reach(ctx, matter.region_code)
    if matter.unit_id is not None and not await has_unit(ctx.session, matter.unit_id):
        fault = FieldError("reference.unknown", "/unit_id")
        raise UnknownApprovalReference(fields=["unit_id"], errors=[fault])
    return await _place(ctx, matter)


async def adopt_template(
    ctx: Context, template: str, region_code: str, valid_from: date
) -> list[ApprovalMatterRow]:
    """Put a template in force in a region. Raises UnknownTemplate and as :func:`put_matter`."""
    await demand_region(ctx, region_code)
    offered = await repository.template_matters(ctx.session, template)
    if not offered:
        raise UnknownTemplate(template=template, errors=[FieldError("reference.unknown", "/template")])
    own = await repository.matters_of_region(ctx.session, region_code, valid_from)
    adopted = adopt(offered, own, region_code, valid_from)
    # In one order, so that two adoptions never wait for each other.
    return [await _place(ctx, matter) for matter in sorted(adopted, key=lambda matter: matter.code)]


async def _place(ctx: Context, matter: Matter) -> ApprovalMatterRow:
    await lock_key(ctx.session, "approval_matter", f"{matter.code}:{matter.region_code}")
    rows = await repository.matter_rows(ctx.session, matter.code, matter.region_code)
    row = place(ctx, ApprovalMatterRow, rows, matter, value_of=repository.matter_of)
    await ctx.session.flush()
    return row


async def matter_in_force(ctx: Context, code: str, region_code: str, on: date) -> Matter:
    """The matter that counts in the region on the day. Raises UnknownMatter."""
    matter = in_force(await repository.matters_named(ctx.session, code), region_code, on)
    if matter is None:
        raise UnknownMatter(
            matter=code, region_code=region_code, on=on, errors=[FieldError("reference.unknown", "/matter_code")]
        )
    return matter


async def put_ground(ctx: Context, ground: PauseGround) -> PauseGroundRow:
    """Allow a ground from its first day on. Raises as :func:`put_matter`."""
    await demand_reach(ctx, ground.region_code)
    await lock_key(ctx.session, "approval_pause_ground", f"{ground.code}:{ground.region_code}")
    rows = await repository.ground_rows(ctx.session, ground.code, ground.region_code)
    row = place(ctx, PauseGroundRow, rows, ground, value_of=repository.ground_of)
    await ctx.session.flush()
    return row


async def ground_in_force(ctx: Context, code: str, region_code: str, on: date) -> PauseGround:
    """Raises UnknownPauseGround."""
    ground = in_force(await repository.grounds_named(ctx.session, code), region_code, on)
    if ground is None:
        fault = FieldError("reference.unknown", "/ground")
        raise UnknownPauseGround(ground=code, region_code=region_code, on=on, errors=[fault])
    return ground
