"""What can go wrong with expected events."""

from libs.common.web.problems import DomainError


class ExpectedEventNotFound(DomainError):
    """No expected event of this id that the caller may see."""

    code = "expected_event.not_found"
    status = 404


class ExpectedPeriodInverted(DomainError):
    """The event ends before it starts, or lasts longer than one is expected to."""

    code = "expected_event.period_inverted"


class ExpectedEventWithdrawn(DomainError):
    """A withdrawn event stays as it is; record another."""

    code = "expected_event.withdrawn"


class ExpectedEnterpriseUnknown(DomainError):
    """The enterprise has no meter that the caller may see."""

    code = "expected_event.enterprise_unknown"
    status = 404
