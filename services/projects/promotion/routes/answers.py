"""What the routes of promotion share: who may what, and how optimistic locks are honoured."""

from datetime import date
from typing import Annotated

from fastapi import Query

from libs.common.security.principal import Role

WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
# Who is courted by whom, and who is paid for it, is the offices' business.
OFFICES = (*WRITERS, Role.AUDITOR, Role.VIEWER)
DECIDERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)
RULERS = (Role.ADMIN, Role.SUPERVISOR)

AsOf = Annotated[date | None, Query(description="Funds arrived by this day; today if absent.")]
RegionParam = Annotated[str | None, Query(max_length=9, description="The region and its subtree.")]
