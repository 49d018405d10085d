"""What can go wrong with efficiency."""

from libs.common.web.problems import DomainError


class EnterpriseUnknown(DomainError):
    """No enterprise of this id that the caller may see."""

    code = "efficiency.enterprise_unknown"
    status = 404


class EfficiencyNotFound(DomainError):
    """Nothing of this kind under this id that the caller may see."""

    code = "efficiency.not_found"
    status = 404


class EverywhereForbidden(DomainError):
    """What holds everywhere is set by those who are bound to no region."""

    code = "efficiency.region_required"


class EntryNotOrdered(DomainError):
    """The entry ends before it begins."""

    code = "efficiency.validity_inverted"


class EntryOverlaps(DomainError):
    """The entry lasts into the next one of its key."""

    code = "efficiency.validity_overlaps"


class CarrierUnknown(DomainError):
    """No such energy carrier."""

    code = "efficiency.carrier_unknown"


class CarrierFixed(DomainError):
    """The carrier's unit stays: figures and factors are counted in it."""

    code = "efficiency.carrier_fixed"


class ProductUnknown(DomainError):
    """No such product."""

    code = "efficiency.product_unknown"


class ProductFixed(DomainError):
    """The product's unit stays: outputs and benchmarks are counted in it."""

    code = "efficiency.product_fixed"


class ProcessUnknown(DomainError):
    """No such process of the enterprise."""

    code = "efficiency.process_unknown"


class ProcessExists(DomainError):
    """The enterprise has a process of this code."""

    code = "efficiency.process_exists"


class CalorificOverlaps(DomainError):
    """A calorific value of the carrier holds for one of these months."""

    code = "efficiency.calorific_overlaps"


class CalorificUnfit(DomainError):
    """Calorific values are measured of fuels."""

    code = "efficiency.calorific_unfit"


class MeterUnfit(DomainError):
    """The meter is not one of the enterprise's that counts what it draws."""

    code = "efficiency.meter_unfit"


class MeterAssigned(DomainError):
    """The meter counts for the enterprise at that time already."""

    code = "efficiency.meter_assigned"


class FigureUnfit(DomainError):
    """A figure of the month cannot be taken; each is named."""

    code = "efficiency.figure_unfit"


class MonthAhead(DomainError):
    """The month is not over."""

    code = "efficiency.month_ahead"


class PeriodUnfit(DomainError):
    """The period ends before it begins, or is too long."""

    code = "efficiency.period_unfit"


class TableUnreadable(DomainError):
    """The file is no table with the columns that are needed."""

    code = "efficiency.table_unreadable"
    status = 422


class TableRefused(DomainError):
    """Rows of the table cannot be taken, so none was; each is named."""

    code = "efficiency.table_refused"


class BenchmarkNotOrdered(DomainError):
    """Advanced, entry and limit value do not rise, or the product does not go with the basis."""

    code = "efficiency.benchmark_not_ordered"


class ContestRuleNotOrdered(DomainError):
    """Weights do not add up to one, or the product does not go with the basis."""

    code = "efficiency.contest_rule_not_ordered"


class ContestUnknown(DomainError):
    """No contest of this code holds in the region at that time."""

    code = "efficiency.contest_unknown"
    status = 404


class QuarterNotOver(DomainError):
    """A quarter is frozen once it is over."""

    code = "efficiency.quarter_not_over"


class EditionExists(DomainError):
    """The quarter is frozen; another edition needs a reason."""

    code = "efficiency.edition_exists"


class AppealClosed(DomainError):
    """The appeal was decided, or the edition was replaced by a later one."""

    code = "efficiency.appeal_closed"


class EntryUnknown(DomainError):
    """The enterprise is not in this edition."""

    code = "efficiency.entry_unknown"


class TargetExists(DomainError):
    """There is a target of this subject, year and measure."""

    code = "efficiency.target_exists"


class TargetUnfit(DomainError):
    """The measure needs a product, or names one that it does not need."""

    code = "efficiency.target_unfit"


class TargetWithdrawn(DomainError):
    """The target was withdrawn."""

    code = "efficiency.target_withdrawn"


class VetoExists(DomainError):
    """A veto of this subject and year stands."""

    code = "efficiency.veto_exists"


class VetoLifted(DomainError):
    """The veto was lifted."""

    code = "efficiency.veto_lifted"


class RewardVetoed(DomainError):
    """An energy veto stands against who would be rewarded."""

    code = "efficiency.reward_vetoed"


class RewardExists(DomainError):
    """There is a reward of this code."""

    code = "efficiency.reward_exists"


class RewardNotDecided(DomainError):
    """The act does not go with the reward's state."""

    code = "efficiency.reward_state"


class RewardOverpaid(DomainError):
    """More than was granted would be paid."""

    code = "efficiency.reward_overpaid"
