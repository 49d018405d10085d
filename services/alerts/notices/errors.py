"""What can go wrong around notices."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class NoticeNotFound(NotFound):
    """No notice with this id that the caller may see, or none that is addressed to the caller."""

    code = "notice.not_found"


class NoticeEnded(DomainError):
    """The notice was withdrawn: nothing is asked of anybody any more."""

    code = "notice.ended"
    status = 409


class RecipientsUnknown(DomainError):
    """Nobody answers to some of what the recipients were named by; each is listed."""

    code = "notice.recipients_unknown"
    status = 409


class DeadlineInPast(DomainError):
    """What is to be confirmed by then has to lie ahead."""

    code = "notice.deadline_in_past"
    status = 409


class LinkRefused(NotFound):
    """The link was not made here, or what it was made for is gone."""

    code = "notice.link_refused"
