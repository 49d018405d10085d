"""What can be wrong in the business environment; each has a stable code and says what would be right."""

from libs.common.web.problems import DomainError


class EnvironmentRuleMissing(DomainError):
    """No rule of this kind holds in the region on the day."""

    code = "environment_rule.missing"


class CategoryNotOfKind(DomainError):
    """The category does not belong to this kind."""

    code = "environment.category_not_of_kind"


class UnknownReference(DomainError):
    """A person, unit, enterprise or project that is not known; ``errors`` names the fields."""

    code = "environment.unknown_reference"


class OtherUnit(DomainError):
    """Another unit is responsible; its people, or a supervisor, do this."""

    code = "environment.other_unit"
    status = 403


class SamePerson(DomainError):
    """Who asked for it does not decide on it: that takes another person."""

    code = "environment.same_person"


class VisitRuleIncomplete(DomainError):
    """A rule of quiet days needs days; a closed park needs its park and nothing else."""

    code = "visit_rule.incomplete"


class VisitRefused(DomainError):
    """The enterprise is not to be visited on this day."""

    code = "visit.refused"


class PeriodTooLong(DomainError):
    """The period asked for is longer than a year, or ends before it begins."""

    code = "environment.period"
    status = 422


class InspectionNotBeforehand(DomainError):
    """An inspection is filed before it takes place, with the notice that the rule demands."""

    code = "inspection.not_beforehand"


class InspectionDaysInvalid(DomainError):
    """The planned days end before they begin, or are more than one inspection may take."""

    code = "inspection.days_invalid"


class TooFewInspectors(DomainError):
    """Each unit sends at least so many inspectors with certificates, none of them named twice."""

    code = "inspection.too_few_inspectors"


class InspectionStatusWrong(DomainError):
    """The inspection does not stand where this could be done."""

    code = "inspection.status"


class OutsideFiledDays(DomainError):
    """The inspection was carried out on a day that was not filed: that day it was an unfiled one."""

    code = "inspection.outside_filed_days"


class InspectionNotYet(DomainError):
    """What has happened cannot have happened after today."""

    code = "inspection.in_future"


class AlreadyTakesPart(DomainError):
    """The unit takes part in this inspection already."""

    code = "inspection.already_takes_part"


class JoiningExceedsLimit(DomainError):
    """The unit has had its inspections of this enterprise for the period; it may not join another."""

    code = "inspection.limit"


class InspectionWasFiled(DomainError):
    """An inspection of this unit was filed and approved for the day."""

    code = "unfiled_inspection.was_filed"


class ReportSettled(DomainError):
    """The report has been decided on."""

    code = "unfiled_inspection.settled"


class AppealStatusWrong(DomainError):
    """The appeal does not stand where this could be done."""

    code = "appeal.status"


class UnitComplainedOf(DomainError):
    """A complaint is not handled by the unit it is about."""

    code = "appeal.unit_complained_of"


class SameUnit(DomainError):
    """The unit has the appeal already."""

    code = "appeal.same_unit"


class TransferNeedsReason(DomainError):
    """A unit has the appeal; another one gets it with a reason."""

    code = "appeal.transfer_needs_reason"


class NoIdentity(DomainError):
    """The complainant left no name: there is nothing to disclose."""

    code = "appeal.no_identity"


class CyclicDependencies(DomainError):
    """Matters would wait for each other in a circle."""

    code = "agency_case.cycle"


class ItemsInvalid(DomainError):
    """Keys of a case's matters are unique, and dependencies name matters of the same case."""

    code = "agency_case.items_invalid"


class CaseStatusWrong(DomainError):
    """The case or the matter does not stand where this could be done."""

    code = "agency_case.status"


class UnknownDocument(DomainError):
    """The matter's checklist has no such document."""

    code = "agency_case.unknown_document"


class CaseDateInvalid(DomainError):
    """The day lies before the matter started or after today."""

    code = "agency_case.date_invalid"


class DependentsStarted(DomainError):
    """Others have started on the strength of this matter; they come first."""

    code = "agency_case.dependents_started"


class OwnCause(DomainError):
    """The unit concerned does not decide in its own cause."""

    code = "environment.own_cause"
    status = 403


class VisitRuleCodeTaken(DomainError):
    """The code names a rule of another region."""

    code = "visit_rule.code_taken"


class ExemptionNeedsReason(DomainError):
    """Whoever claims an exempt ground says why."""

    code = "inspection.exemption_needs_reason"


class RectificationInvalid(DomainError):
    """A day for rectification comes with a rectification, and after the inspection."""

    code = "inspection.rectification"


class AlreadyReported(DomainError):
    """The enterprise has reported this unit's visit of the day already."""

    code = "unfiled_inspection.reported_already"
