"""What can go wrong around an alert's record."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class AlertNotFound(NotFound):
    """No alert with this id that the caller may see."""

    code = "alert.not_found"


class AlertAlreadyResolved(DomainError):
    """A resolved alert takes no further steps; comments are still possible."""

    code = "alert.already_resolved"
    status = 409


class ActNotPossible(DomainError):
    """The alert's life does not allow this now; the stage and what is possible are named."""

    code = "alert.act_not_possible"
    status = 409
