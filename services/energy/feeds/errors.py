"""What can go wrong at the feed's door."""

from libs.common.web.problems import DomainError, TooManyRequests, Unavailable


class BodyUnreadable(DomainError):
    """The body is not of the format that its media type promises."""

    code = "feeds.body_unreadable"
    status = 422


class FileUnreadable(DomainError):
    """The file breaks the rules of its format; ``errors`` says which and where. Nothing of it was taken."""

    code = "feeds.file_unreadable"
    status = 422


class FormatUnknown(DomainError):
    """The format asked for is none that is read here."""

    code = "feeds.format_unknown"
    status = 422


class UnitUnknown(DomainError):
    """The unit is not one that is converted to what meters measure."""

    code = "feeds.unit_unknown"
    status = 422


class MessageUnreadable(DomainError):
    """The message is not the JSON its feed promises."""

    code = "feeds.message_unreadable"
    status = 422


class HeaderInvalid(DomainError):
    """Interval, source or creation stamp of the body is not valid."""

    code = "feeds.header_invalid"
    status = 422


class FeedsOverloaded(TooManyRequests):
    """The worker is behind, or how far is not known; nothing was taken."""

    code = "feeds.overloaded"


class FeedsTooFrequent(TooManyRequests):
    """The caller delivers more often than one may; nothing was taken. Fewer, larger bodies are welcome."""

    code = "feeds.too_frequent"


class NotAcknowledged(Unavailable):
    """The broker did not acknowledge every part of the body; send the same body again."""

    code = "feeds.not_acknowledged"


class DiscardUnfounded(DomainError):
    """Nothing of this meter waits in quarantine within the caller's reach."""

    code = "quarantine.nothing_waits"


class ReceiptNotFound(DomainError):
    """No receipt of this id that the caller may see."""

    code = "receipt.not_found"
    status = 404
