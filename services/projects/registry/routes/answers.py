"""How the registry's routes answer."""

from typing import TypeVar

from fastapi import Response
from pydantic import BaseModel

from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of
from services.projects.database import PublishedTable
from services.projects.registry.service.recording import Recorded

ModelT = TypeVar("ModelT", bound=BaseModel)
RowT = TypeVar("RowT", bound=PublishedTable)

OFFICES = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)
KEEPERS = (Role.ADMIN, Role.SUPERVISOR)
ENTERPRISE_KEEPERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)


def tagged(response: Response, row: RowT) -> RowT:
    """The row, with its ETag on the response."""
    response.headers["ETag"] = etag_of(row.version)
    return row


def recorded(response: Response, outcome: Recorded[RowT]) -> RowT:
    """The row after a PUT: 201 when its key was new, else 200."""
    response.status_code = 201 if outcome.created else 200
    return tagged(response, outcome.row)
