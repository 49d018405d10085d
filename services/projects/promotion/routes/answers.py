"""What the routes of promotion share: who may what, and how optimistic locks are honoured."""

from datetime import date
from typing import Annotated

from fastapi import Query, Request

from libs.common.security.principal import Role
from libs.common.web.conditional import check_version

WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
# Who is courted by whom, and who is paid for it, is the offices' business.
OFFICES = (*WRITERS, Role.AUDITOR, Role.VIEWER)
DECIDERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)
RULERS = (Role.ADMIN, Role.SUPERVISOR)

AsOf = Annotated[date | None, Query(description="Funds arrived by this day; today if absent.")]
RegionParam = Annotated[str | None, Query(max_length=9, description="The region and its subtree.")]


def honour_if_match(request: Request, version: int) -> None:
    """On POST and PUT If-Match is welcome but not demanded. Raises PreconditionFailed."""
    header = request.headers.get("if-match")
    if header is not None:
        check_version(header, version)
