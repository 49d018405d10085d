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


class MeterKindIncomplete(DomainError):
    """A fact is missing without which a meter of this kind cannot be read."""

    code = "meter.kind_incomplete"
    status = 409


class MeterClosed(DomainError):
    """The meter's life has ended; reopen it first."""

    code = "meter.closed"
    status = 409


class MeterNotClosed(DomainError):
    """The meter is not closed."""

    code = "meter.not_closed"
    status = 409


class ClosureTooEarly(DomainError):
    """The meter would end before it began, or before readings that are stored."""

    code = "meter.closure_too_early"
    status = 409


class EffectiveTooEarly(DomainError):
    """A change would hold from before the meter's first day."""

    code = "meter.effective_too_early"
    status = 409


class RescalingTooLong(DomainError):
    """A multiplier is changed so far back that its curves are not computed anew in one request."""

    code = "meter.rescaling_too_long"
    status = 409


class AliasTaken(DomainError):
    """Another meter has this code in this system."""

    code = "meter.alias_taken"
    status = 409


class AliasNotFound(DomainError):
    """The meter has no such code."""

    code = "meter.alias_not_found"
    status = 404


class ImportUnreadable(DomainError):
    """The file is no table with the columns of a meter register."""

    code = "meter.import_unreadable"
    status = 422


class ImportRefused(DomainError):
    """Rows of the file cannot be taken; nothing was changed."""

    code = "meter.import_refused"
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
