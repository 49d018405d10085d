"""What can be wrong with a change of the ledger; each has a stable code and says what would be right."""

from libs.common.web.problems import DomainError


class IllegalStageChange(DomainError):
    """The project cannot go from its stage to the one asked for; no stage is skipped."""

    code = "project.illegal_stage_change"


class MissingFacts(DomainError):
    """The stage requires facts that are not known; ``errors`` names all of them."""

    code = "project.missing_facts"


class FactNotOfStage(DomainError):
    """A fact was sent that belongs to another stage; it is changed there or by PATCH."""

    code = "project.fact_not_of_stage"


class DateInFuture(DomainError):
    """Something that has happened cannot have happened after today."""

    code = "project.date_in_future"


class DatesOutOfOrder(DomainError):
    """A stage cannot have been entered before the one it follows."""

    code = "project.dates_out_of_order"


class PlanOutOfOrder(DomainError):
    """A milestone would be planned before the one it follows or after the one that follows it."""

    code = "project.plan_out_of_order"


class ReplanNeedsReason(DomainError):
    """The milestone has a planned date already; changing it is a re-planning with a reason."""

    code = "project.replan_needs_reason"


class MilestoneNotApplicable(DomainError):
    """Projects of this kind do not have this milestone."""

    code = "project.milestone_not_applicable"


class MilestoneReached(DomainError):
    """The milestone has an actual date; there is nothing left to plan."""

    code = "project.milestone_reached"


class ProjectTerminated(DomainError):
    """The project has been terminated; only a reversal brings it back."""

    code = "project.terminated"


class NothingToReverse(DomainError):
    """The project stands at the beginning, or is suspended: there is no step to take back."""

    code = "project.nothing_to_reverse"


class OutsideConstruction(DomainError):
    """The day or month lies before the work began or after it was broken off."""

    code = "project.entry_outside_construction"


class ProgressFallNeedsNote(DomainError):
    """Progress would fall below what was recorded for an earlier day; a note must say why."""

    code = "project.progress_fall_needs_note"


class CorrectionNeedsNote(DomainError):
    """The month's investment is recorded already; a different figure is a correction and needs a note."""

    code = "project.investment_correction_needs_note"


class UnknownReference(DomainError):
    """A person, unit or enterprise that the registry does not hold; ``errors`` names the fields."""

    code = "project.unknown_reference"


class DuplicateProjectCode(DomainError):
    """The project code is taken."""

    code = "project.duplicate_code"


class AmountNeedsConfirmation(DomainError):
    """An amount is so unusual that 元 and 万元 may have been mixed up; ``confirm_amount`` says it is meant."""

    code = "project.amount_needs_confirmation"


class OutsideContract(DomainError):
    """The day lies before the signing or after the termination."""

    code = "project.outside_contract"


class FundsDecided(DomainError):
    """The arrival was verified, rejected or withdrawn before; it is not decided twice."""

    code = "project.funds_decided"


class FundsDuplicate(DomainError):
    """The same slip stands in the ledger already: same day, amount, payer and evidence."""

    code = "project.funds_duplicate"


class FourEyes(DomainError):
    """Whoever recorded it cannot be the one who confirms it or takes a confirmed one back."""

    code = "project.four_eyes"


class LimitNotOrdered(DomainError):
    """The upper limit of an amount lies above the lower one."""

    code = "amount_limit.not_ordered"
