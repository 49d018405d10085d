"""What can go wrong with rules, findings and edits."""

from libs.common.web.problems import DomainError


class VeeRuleScopeAmbiguous(DomainError):
    """A rule names a region and a meter; it holds for one or the other, or for all."""

    code = "vee.rule_scope_ambiguous"
    status = 422


class VeeRuleValidityInverted(DomainError):
    """The rule ends before it begins."""

    code = "vee.rule_validity_inverted"
    status = 422


class VeeRuleScopeTooWide(DomainError):
    """The rule would hold for meters outside of the caller's region."""

    code = "vee.rule_scope_too_wide"
    status = 403


class ThresholdsInvalid(DomainError):
    """The thresholds are not those of the rule's kind."""

    code = "vee.thresholds_invalid"
    status = 422


class SumCheckWithoutMeter(DomainError):
    """A sum check is of one meter, which it must name."""

    code = "vee.sum_check_without_meter"
    status = 422


class FindingNotFound(DomainError):
    """No finding of this id that the caller may see."""

    code = "vee.finding_not_found"
    status = 404


class FindingNotOpen(DomainError):
    """The finding was cleared or accepted before."""

    code = "vee.finding_not_open"
    status = 409


class SlotsInvalid(DomainError):
    """Slots and values of an edit do not fit each other or the meter."""

    code = "curve.slots_invalid"
    status = 422


class SlotsNotEdited(DomainError):
    """A value that nobody edited cannot go back to what was measured."""

    code = "curve.slots_not_edited"
    status = 409


class VirtualNotEdited(DomainError):
    """A virtual meter is computed: its members are edited, and it follows."""

    code = "curve.virtual_not_edited"
    status = 409


class VirtualNotEstimated(DomainError):
    """A virtual meter is computed: gaps of its members are filled, and it follows."""

    code = "vee.virtual_not_estimated"
    status = 409


class EditOutOfRange(DomainError):
    """A value is beyond what the meter can register."""

    code = "curve.edit_out_of_range"
    status = 422


class EditInFuture(DomainError):
    """A slot has not ended yet, or lies before the meter's first day."""

    code = "curve.edit_out_of_time"
    status = 409


class MonthArchived(DomainError):
    """The month rests in the archive; it is restored before anything in it is edited."""

    code = "curve.month_archived"
    status = 409
