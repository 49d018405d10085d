"""What can go wrong with the register of meters and their devices."""

from libs.common.web.problems import DomainError


class DeviceEventInFuture(DomainError):
    """A device is replaced or reset before it is recorded, not after."""

    code = "meter.device_event_in_future"
    status = 409


class DeviceEventTooEarly(DomainError):
    """The event lies before the meter's life."""

    code = "meter.device_event_too_early"
    status = 409


class DeviceEventTaken(DomainError):
    """Something is on record for this minute already; void it first."""

    code = "meter.device_event_taken"
    status = 409


class DeviceEventUnfit(DomainError):
    """A meter without a register has nothing to reset or turn over, a virtual one no device."""

    code = "meter.device_event_unfit"
    status = 409


class DeviceStateTooLarge(DomainError):
    """The state has more digits than the register."""

    code = "meter.device_state_too_large"
    status = 409


class DeviceEventNotFound(DomainError):
    """The meter has no such event, or it was voided."""

    code = "meter.device_event_not_found"
    status = 404


class RegisterStateNotFound(DomainError):
    """The meter has no state of its register at this minute."""

    code = "meter.register_state_not_found"
    status = 404
