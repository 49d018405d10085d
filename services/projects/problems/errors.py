"""What can be wrong with a problem."""

from libs.common.web.problems import DomainError


class HighestLevel(DomainError):
    """The problem is with the leading group already; there is no level above."""

    code = "problem.highest_level"


class LevelReserved(DomainError):
    """An enterprise raises problems at the lowest level; offices take them up."""

    code = "problem.level_reserved"


class RaisedInFuture(DomainError):
    """A problem cannot have been raised after today."""

    code = "problem.raised_in_future"
