"""What can go wrong around silences, inhibition rules and maintenance windows."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class SilenceNotFound(NotFound):
    """No silence with this id that the caller may see."""

    code = "silence.not_found"


class InhibitionNotFound(NotFound):
    """No inhibition rule with this id that the caller may see."""

    code = "inhibition.not_found"


class MaintenanceNotFound(NotFound):
    """No maintenance window with this id that the caller may see."""

    code = "maintenance.not_found"


class InvalidMatchers(DomainError):
    """A matcher cannot work; ``errors`` names each."""

    code = "mute.invalid_matchers"
    status = 422


class MuteEndsInPast(DomainError):
    """What is over before it begins, or before now, keeps nothing quiet."""

    code = "mute.ends_in_past"
    status = 409


class MuteTooLong(DomainError):
    """A silence is for a time: longer than this it would be a way to forget."""

    code = "mute.too_long"
    status = 409


class MuteExpired(DomainError):
    """It has ended; a new one has to be made."""

    code = "mute.expired"
    status = 409
