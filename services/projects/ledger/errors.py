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


class FactNotOfKind(DomainError):
    """A fact was sent that projects of this kind do not have."""

    code = "project.fact_not_of_kind"


class CoordinatesOutside(DomainError):
    """The place lies outside of the country; longitude and latitude may be swapped."""

    code = "project.coordinates_outside"


class ParentCycle(DomainError):
    """A project would be a phase of itself."""

    code = "project.parent_cycle"


class KeyUnchanged(DomainError):
    """The project is a key project of this level already, or is none."""

    code = "project.key_unchanged"


class BandsNotOrdered(DomainError):
    """Size bands rise from one to the next, each with a code of its own."""

    code = "size_band.not_ordered"


class PeriodNotOrdered(DomainError):
    """A period ends on or after the day it begins."""

    code = "ledger.period_not_ordered"


class UnknownSizeBand(DomainError):
    """No size band of this code is in force in the region on the period's last day."""

    code = "size_band.unknown"


class OutsideProduction(DomainError):
    """The month lies before the start of production or after the termination."""

    code = "project.outside_production"


class OutputCorrectionNeedsNote(DomainError):
    """The month's output is recorded already; different figures are a correction and need a note."""

    code = "project.output_correction_needs_note"


class ActIncomplete(DomainError):
    """A contract's act names what its kind needs: funds their amount, an act of one's own its title."""

    code = "project.act_incomplete"


class ActDerived(DomainError):
    """Funds and start are done when verified funds and the stage say so; nobody reports them."""

    code = "project.act_derived"


class ActSettled(DomainError):
    """The act is done already."""

    code = "project.act_settled"


class ActNotDone(DomainError):
    """The act is not done; there is no report to take back."""

    code = "project.act_not_done"


class ActNeedsReason(DomainError):
    """A due day moves with a reason."""

    code = "project.act_needs_reason"


class ContractMissing(DomainError):
    """Acts belong to a contract, and none is recorded for the project yet."""

    code = "project.contract_missing"


class ContractNeedsReason(DomainError):
    """A recorded contract changes with a reason: a supplement, or a slip of the pen."""

    code = "project.contract_needs_reason"


class FormalitiesMissing(DomainError):
    """The start requires formalities that were not done by its day; ``errors`` names all of them."""

    code = "project.formalities_missing"


class FormalityRuleIncomplete(DomainError):
    """What is required stands among the formalities of the kind, and nothing stands twice."""

    code = "formality_rule.incomplete"


class FormalityNotOfKind(DomainError):
    """Projects of this kind do not go through this formality."""

    code = "project.formality_not_of_kind"


class MilestoneNeedsReason(DomainError):
    """A planned day that moves, and a day done that is changed or taken back, need a reason."""

    code = "project.milestone_needs_reason"


class CurveNotOrdered(DomainError):
    """Months rise, percentages never fall and end at 100; ``errors`` names each point that does not fit."""

    code = "project.curve_not_ordered"


class PlanNeedsReason(DomainError):
    """A plan that is known changes with a reason."""

    code = "project.plan_needs_reason"


class CurveNeedsReason(DomainError):
    """A plan of the works that is known is planned anew with a reason."""

    code = "project.curve_needs_reason"


class ComparisonOutOfOrder(DomainError):
    """The first day of a comparison lies before the second."""

    code = "project.comparison_out_of_order"
