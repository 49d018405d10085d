"""What can be wrong with a matter or a case."""

from libs.common.web.problems import DomainError


class MatterNotOrdered(DomainError):
    """A promise is longer than the law allows, or a green channel longer than the promise."""

    code = "approval.matter_not_ordered"


class UnknownMatter(DomainError):
    """No such matter is in force in the region on the day."""

    code = "approval.unknown_matter"


class UnknownTemplate(DomainError):
    """No template of this name."""

    code = "approval.unknown_template"


class UnknownPauseGround(DomainError):
    """No such ground for a pause is in force in the region on the day; the clock pauses for lawful ones only."""

    code = "approval.unknown_pause_ground"


class UnknownApprovalReference(DomainError):
    """A person, unit, enterprise or project that is not known; ``errors`` names the fields."""

    code = "approval.unknown_reference"


class ApplicantRequired(DomainError):
    """A case is of a project or an enterprise, or of both."""

    code = "approval.applicant_required"


class DuplicateCaseCode(DomainError):
    """The case number is taken."""

    code = "approval.duplicate_code"


class IllegalCaseChange(DomainError):
    """What was asked for is not possible in the case's state."""

    code = "approval.illegal_change"


class CaseDateInFuture(DomainError):
    """Something that has happened cannot have happened after today."""

    code = "approval.date_in_future"


class CaseDatesOutOfOrder(DomainError):
    """A step cannot have happened before the one it follows."""

    code = "approval.dates_out_of_order"


class OwnerRequired(DomainError):
    """Nobody is bound to the case yet; who receives it first answers for it."""

    code = "approval.owner_required"


class AlreadyReceived(DomainError):
    """Somebody received the case before; it changes hands by a recorded handover."""

    code = "approval.already_received"


class UnitRequired(DomainError):
    """Neither the matter nor the case names the unit that decides."""

    code = "approval.unit_required"


class ProjectRequired(DomainError):
    """The matter is granted past the admission gate of a project, and the case is of none."""

    code = "approval.project_required"


class DocumentsMissing(DomainError):
    """Required documents have not been received; ``errors`` names each."""

    code = "approval.documents_missing"


class UnknownDocument(DomainError):
    """The case's checklist has no such document."""

    code = "approval.unknown_document"


class NoGreenChannel(DomainError):
    """The matter offers no green channel."""

    code = "approval.no_green_channel"


class ReasonRequired(DomainError):
    """A refusal, and an acceptance with documents missing, need a reason."""

    code = "approval.reason_required"


class NothingToReverseInCase(DomainError):
    """The case is a draft: there is no step to take back."""

    code = "approval.nothing_to_reverse"


class PeriodNotOrdered(DomainError):
    """The period ends before it begins, or is too long."""

    code = "approval.period_not_ordered"
