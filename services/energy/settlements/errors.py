"""What can go wrong with settlements."""

from libs.common.web.problems import DomainError


class SettlementNotFound(DomainError):
    """No settlement of this id that the caller may see."""

    code = "settlement.not_found"
    status = 404


class SettlementYearRuns(DomainError):
    """The year is not over: it can be looked at, not frozen."""

    code = "settlement.year_runs"


class SettlementUnverified(DomainError):
    """Activations of the year are not verified yet."""

    code = "settlement.unverified"


class SettlementFrozen(DomainError):
    """The year was frozen before; what changed since is a correction."""

    code = "settlement.frozen"


class SettlementUnchanged(DomainError):
    """Nothing that the newest edition rests on has changed."""

    code = "settlement.unchanged"


class SettlementSuperseded(DomainError):
    """A later edition exists; that one is corrected."""

    code = "settlement.superseded"


class RateUnfit(DomainError):
    """The rate ends before it begins."""

    code = "settlement.rate_unfit"


class RateOverlaps(DomainError):
    """A rate of this kind and region begins on that day, or within the time of this one."""

    code = "settlement.rate_overlaps"
