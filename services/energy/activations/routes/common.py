"""Who may order, and what every answer carries."""

from typing import Any, Final

from fastapi import Response

from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import etag_of
from libs.common.web.dependencies import require, require_scope
from services.energy.activations.schemas import ActivationRead, activation_read
from services.energy.activations.tables import ActivationRow

KEEPERS: Final[list[Any]] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]
# Figures and orders of whole regions are the office's; enterprises have their own orders.
READERS: Final[list[Any]] = [
    require(Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)
]


def shown(response: Response, row: ActivationRow) -> ActivationRead:
    response.headers["ETag"] = etag_of(row.version)
    return activation_read(row)
