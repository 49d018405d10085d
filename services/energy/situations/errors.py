"""What can go wrong with situations."""

from libs.common.web.problems import DomainError


class SituationNotFound(DomainError):
    """No situation of this id that the caller may see."""

    code = "situation.not_found"
    status = 404
