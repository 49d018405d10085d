"""What can go wrong on the way to a service; all else is the service's own answer."""

from libs.common.web.problems import DomainError


class ServiceUnreachable(DomainError):
    """The service behind the console does not answer at the moment; nothing was done."""

    code = "console.service_unreachable"
    status = 503


class ServiceSilent(DomainError):
    """The service took the request and did not answer in time; whether it was done is not known."""

    code = "console.service_silent"
    status = 504
