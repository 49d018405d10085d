"""What can go wrong with meters."""

from libs.common.web.problems import DomainError, Unavailable


class MeterNotFound(DomainError):
    """No meter of this number that the caller may see."""

    code = "meter.not_found"
    status = 404


class MeterFactFixed(DomainError):
    """Interval, quantity and zone are how stored curves are laid out; they stay as registered."""

    code = "meter.fact_fixed"
    status = 409


class MeterRangeInverted(DomainError):
    """The lowest value a meter can register lies above the highest."""

    code = "meter.range_inverted"
    status = 409


class CurveRangeTooLong(DomainError):
    """More days asked for than one answer holds."""

    code = "curve.range_too_long"
    status = 422


class RegionCodeInvalid(DomainError):
    """The text is not a region code."""

    code = "meter.region_invalid"
    status = 422


class RegionOutOfReach(DomainError):
    """The region is not in the caller's subtree."""

    code = "meter.region_out_of_reach"
    status = 403


class PeriodInverted(DomainError):
    """The last day lies before the first."""

    code = "curve.period_inverted"
    status = 422


class ArchiveUnreadable(Unavailable):
    """The file of an archived month is not where it was put, or cannot be read."""

    code = "curve.archive_unreadable"
