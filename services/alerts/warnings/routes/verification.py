"""How long what was resolved may wait for its verification, over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from libs.common.security.principal import Role
from libs.common.security.scope import reaches_region
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.routes import TransactionalRoute
from services.alerts.routing.trees import EVERYWHERE, chain
from services.alerts.warnings import repository
from services.alerts.warnings.routes.life import READERS
from services.alerts.warnings.service import verification

router = APIRouter(route_class=TransactionalRoute, tags=["alerts"])

_EVERYWHERE = "all"
RegionOrAll = Annotated[
    str, Path(pattern=r"^(all|[1-9][0-9]{5}([0-9]{3})?)$", description="A region's code, or `all` for everywhere.")
]


class VerificationLimitWrite(BaseModel):
    """After so many working days those who verify are reminded, and again after so many more."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(ge=1, le=250)
    repeat_days: int = Field(ge=1, le=250)


class VerificationLimitRead(VerificationLimitWrite):
    model_config = ConfigDict(from_attributes=True, extra="ignore")

    region_code: str = Field(description="Empty: everywhere.")
    valid_from: datetime
    changed_by: str


class VerificationLimitList(BaseModel):
    items: list[VerificationLimitRead]


@router.get("/v1/verification-limits", dependencies=[require(*READERS)])
async def list_limits(ctx: ContextDep) -> VerificationLimitList:
    """Limits by region with their history; the newest that has begun is in force, the narrowest region decides."""
    above = chain(ctx.principal.region_code or "")
    rows = [
        row
        for row in await repository.list_verification_limits(ctx.session)
        if row.region_code in above or reaches_region(ctx.principal, row.region_code)
    ]
    return VerificationLimitList(items=[VerificationLimitRead.model_validate(row) for row in rows])


@router.put("/v1/verification-limits/{region}", dependencies=[require(Role.ADMIN, Role.SUPERVISOR)])
async def put_limit(ctx: ContextDep, region: RegionOrAll, body: VerificationLimitWrite) -> VerificationLimitRead:
    """The region's limit from now on."""
    code = EVERYWHERE if region == _EVERYWHERE else region
    return VerificationLimitRead.model_validate(await verification.save_limit(ctx, code, body.model_dump()))
