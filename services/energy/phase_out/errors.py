"""What can go wrong with phase-out."""

from libs.common.web.problems import DomainError


class CaseNotFound(DomainError):
    """No case of phase-out of this id that the caller may see."""

    code = "phase_out.case_not_found"
    status = 404


class CasePartNotFound(DomainError):
    """The case has no such item, milestone, evidence, order or grant."""

    code = "phase_out.part_not_found"
    status = 404


class StandardNotFound(DomainError):
    """No standard of this id."""

    code = "phase_out.standard_not_found"
    status = 404


class StandardNotInForce(DomainError):
    """The standard does not hold in the region on the day the case is listed."""

    code = "phase_out.standard_not_in_force"


class StandardInvalid(DomainError):
    """The standard's threshold and comparison do not go together, or its validity overlaps the next one's."""

    code = "phase_out.standard_invalid"


class ScopeTooWide(DomainError):
    """A standard or rule for everywhere, or beyond one's own region, is not the caller's to set."""

    code = "phase_out.scope_too_wide"


class RegionInvalid(DomainError):
    """The region's code is none."""

    code = "phase_out.region_invalid"


class EnterpriseUnknown(DomainError):
    """No enterprise of this id or credit code in the registry."""

    code = "phase_out.enterprise_unknown"


class CaseExists(DomainError):
    """The enterprise has an open case of this standard and title, or the number is taken."""

    code = "phase_out.case_exists"


class RequirementWeaker(DomainError):
    """A case may ask for more than its standard, never for less."""

    code = "phase_out.requirement_weaker"


class DateInvalid(DomainError):
    """The date lies in the future, or before what it follows."""

    code = "phase_out.date_invalid"


class CaseEnded(DomainError):
    """The case has passed, is closed or was withdrawn; nothing more happens to it."""

    code = "phase_out.case_ended"


class StepOutOfOrder(DomainError):
    """In this status the step is not the next one."""

    code = "phase_out.step_out_of_order"


class NotMet(DomainError):
    """A case passes when its newest inspection found the standard met, or everything is removed."""

    code = "phase_out.not_met"


class ExtensionsExhausted(DomainError):
    """The case was extended as often as the rule allows."""

    code = "phase_out.extensions_exhausted"


class StillRunning(DomainError):
    """The meters show that what was closed runs, or do not show that it stands still."""

    code = "phase_out.still_running"
    # What the meters were seen to show is kept, and warned of.
    keeps_changes = True


class MeterNotOfEnterprise(DomainError):
    """A meter of the order is not one of the enterprise."""

    code = "phase_out.meter_not_of_enterprise"


class EvidenceRefused(DomainError):
    """The bytes are empty, too many, or not of a kind that is kept."""

    code = "phase_out.evidence_refused"
    status = 422


class EvidenceWithdrawn(DomainError):
    """The evidence was withdrawn; its content is not handed out."""

    code = "phase_out.evidence_withdrawn"


class GrantExceeded(DomainError):
    """More would be paid than was decided, or the grant was withdrawn."""

    code = "phase_out.grant_exceeded"


class RuleInvalid(DomainError):
    """The rule overlaps the next one."""

    code = "phase_out.rule_invalid"


class RuleMissing(DomainError):
    """No rule of phase-out holds in the region on the day."""

    code = "phase_out.rule_missing"


class ExportTooLong(DomainError):
    """More rows than a table may have; narrow the filters."""

    code = "phase_out.export_too_long"
