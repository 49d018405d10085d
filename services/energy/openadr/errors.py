"""What can go wrong in the OpenADR interface."""

from libs.common.web.problems import DomainError


class OpenAdrObjectNotFound(DomainError):
    """No program, event or report of this id that the caller may see."""

    code = "openadr.not_found"
    status = 404
