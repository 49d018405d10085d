"""What can go wrong around the exchange."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class MessageNotFound(NotFound):
    """The alert has no such version, or its words are no longer kept."""

    code = "exchange.message_not_found"


class SenderCodeMissing(DomainError):
    """The national form needs the sender code that the release centre gave the region's office."""

    code = "exchange.sender_code_missing"
    status = 409


class MisplacedSenderCode(DomainError):
    """A sender code begins with the six digits of its own region."""

    code = "exchange.sender_code_misplaced"
    status = 409
