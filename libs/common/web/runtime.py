"""What an application hands to its requests; ``create_app`` puts it on ``app.state.runtime``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast
from uuid import UUID

from starlette.requests import Request

from libs.common.clock import Clock
from libs.common.database import Database
from libs.common.security.principal import Principal, Role
from libs.common.settings import CommonSettings
from libs.common.web.rates import CallerRates


class RequestAuthenticator(Protocol):
    """Finds the caller; raises Unauthenticated when there is none."""

    async def authenticate(self, headers: Mapping[str, str]) -> Principal: ...


@dataclass(frozen=True, slots=True)
class Runtime:
    """One service's means of answering."""

    settings: CommonSettings
    database: Database
    clock: Clock
    authenticator: RequestAuthenticator
    new_id: Callable[[], UUID]
    # None where callers are not limited.
    rates: CallerRates | None = None


# Callers of addresses that need no credential. The role sees nothing without a region.
ANONYMOUS = Principal(subject="anonymous", role=Role.VIEWER)


def runtime_of(request: Request) -> Runtime:
    return cast(Runtime, request.app.state.runtime)
