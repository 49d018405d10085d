"""What can be wrong with platforms, what they say of somebody, and links."""

from libs.common.web.problems import DomainError, Unauthenticated


class PlatformCodeRefused(Unauthenticated):
    """The platform does not know the code: used before, too old, or made for another application."""

    code = "sign_in.platform_code_refused"


class NotAMember(Unauthenticated):
    """The platform knows who it is, and it is nobody of the organisation."""

    code = "sign_in.not_a_member"


class PlatformSilent(DomainError):
    """The platform does not answer, or refuses our application; nobody was signed in."""

    code = "sign_in.platform_silent"
    status = 503


class TicketRefused(Unauthenticated):
    """No ticket of ours, one that was used, or one whose minutes are over."""

    code = "sign_in.ticket_refused"


class NotLinked(Unauthenticated):
    """Somebody of the organisation whose identity no account is linked to."""

    code = "sign_in.not_linked"


class AlreadyLinked(DomainError):
    """The identity is another account's, or the account has another identity of this platform."""

    code = "linked_identity.already_linked"


class PlatformAddressRefused(DomainError):
    """The installation does not call this address."""

    code = "sign_in_platform.address_refused"


class AgentNotOfThisKind(DomainError):
    """Only applications of 企业微信 have a number."""

    code = "sign_in_platform.agent_not_of_this_kind"
