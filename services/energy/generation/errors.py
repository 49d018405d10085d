"""What can go wrong with plants."""

from libs.common.web.problems import DomainError


class PlantNotFound(DomainError):
    """No plant of this code that the caller may see."""

    code = "plant.not_found"
    status = 404


class PlantPartNotFound(DomainError):
    """The plant has no such unit, meter, state, limit or connection."""

    code = "plant.part_not_found"
    status = 404


class PlantCodeTaken(DomainError):
    """Another plant, or another unit of the plant, has this code."""

    code = "plant.code_taken"


class PlantRegionInvalid(DomainError):
    """The region's code is none, or lies outside of the caller's subtree."""

    code = "plant.region_invalid"


class PlantPeriodInverted(DomainError):
    """What is recorded ends before it begins, or lasts longer than can be."""

    code = "plant.period_inverted"


class PlantFactsOverlap(DomainError):
    """At that time something else of the kind holds already."""

    code = "plant.facts_overlap"


class PlantMeterUnfit(DomainError):
    """The meter does not measure active power."""

    code = "plant.meter_unfit"


class PlantMeterTaken(DomainError):
    """The meter counts for a plant at that time already."""

    code = "plant.meter_taken"


class PlantModelInvalid(DomainError):
    """The characteristic does not fit the plant's kind, or cannot be one."""

    code = "plant.model_invalid"


class PlantStateInFuture(DomainError):
    """A forced outage is recorded when it has happened, and an end when it has come."""

    code = "plant.state_in_future"


class PlantStateInvalid(DomainError):
    """A reduced unit names what it can still make, less than its capacity; other states name nothing."""

    code = "plant.state_invalid"


class PlantPartWithdrawn(DomainError):
    """What was withdrawn stays as it is; record another."""

    code = "plant.part_withdrawn"


class PlantSeriesInvalid(DomainError):
    """Values of a series are not whole days, or beyond what can be measured."""

    code = "plant.series_invalid"


class TargetNotFound(DomainError):
    """No target of generation of this id that the caller may see."""

    code = "generation.target_not_found"
    status = 404


class TargetInvalid(DomainError):
    """The months do not add up to the year, or the plant lies in another region."""

    code = "generation.target_invalid"


class GenerationRuleInvalid(DomainError):
    """The thresholds are not in order, or the rule overlaps the next one."""

    code = "generation.rule_invalid"


class GenerationRuleScopeTooWide(DomainError):
    """A rule for everywhere, or for a region beyond one's own, is not the caller's to set."""

    code = "generation.rule_scope_too_wide"


class GenerationRuleMissing(DomainError):
    """No rule of generation holds in the region on the day."""

    code = "generation.rule_missing"


class SpanTooLong(DomainError):
    """So many days are not answered by slot at once."""

    code = "generation.span_too_long"
