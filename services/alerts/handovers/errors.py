"""What can go wrong when a shift is handed over."""

from libs.common.web.problems import DomainError, NotFound


class HandoverNotFound(NotFound):
    """No handover with this id that the caller may see."""

    code = "handover.not_found"


class HandoverNeedsPerson(DomainError):
    """Only a person hands over or takes: the caller's account names none."""

    code = "handover.needs_person"
    status = 409


class HandoverToSelf(DomainError):
    """Nobody hands over to himself: two people sign."""

    code = "handover.to_self"
    status = 409


class HandoverTakerUnknown(DomainError):
    """The one who shall take over is not in the registry, or not active."""

    code = "handover.taker_unknown"
    status = 409


class HandoverNotYours(DomainError):
    """Another person was named to take over."""

    code = "handover.not_yours"
    status = 409


class HandoverTaken(DomainError):
    """It was taken over already; it does not change any more."""

    code = "handover.taken"
    status = 409


class HandoverOtherStatement(DomainError):
    """The digest is not that of the statement: sign what was read."""

    code = "handover.other_statement"
    status = 409
