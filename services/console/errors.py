"""What can go wrong at the door and on the way to a service; all else is the service's own answer."""

from libs.common.web.problems import DomainError, Unauthenticated


class ServiceUnreachable(DomainError):
    """The service behind the console does not answer at the moment; nothing was done."""

    code = "console.service_unreachable"
    status = 503


class ServiceSilent(DomainError):
    """The service took the request and did not answer in time; whether it was done is not known."""

    code = "console.service_silent"
    status = 504


class IssuerSilent(DomainError):
    """The site's issuer does not answer, or not as one does; nobody was signed in."""

    code = "console.issuer_silent"
    status = 503


class CodeRefused(Unauthenticated):
    """The issuer does not take the code: it was used before, is too old, or belongs to another browser."""

    code = "console.code_refused"


class SignInMixedUp(Unauthenticated):
    """What the issuer answered belongs to another sign-in or another client, or is not signed by it."""

    code = "console.sign_in_mixed_up"


class SignInOver(Unauthenticated):
    """The issuer renews this sign-in no more."""

    code = "console.sign_in_over"
