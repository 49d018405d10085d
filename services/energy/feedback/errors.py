"""What can go wrong with feedback."""

from libs.common.web.problems import DomainError


class FactorNotFound(DomainError):
    """The meter has no limits of its own for this kind."""

    code = "detection.factor_not_found"
    status = 404
