"""What can be wrong with lists of enterprises, their members, reforms, pilots and vetoes."""

from libs.common.web.problems import DomainError


class ListCodeTaken(DomainError):
    """The list's code is in use."""

    code = "list.duplicate_code"


class ConditionMalformed(DomainError):
    """The condition cannot work; ``errors`` says why and where."""

    code = "list.condition_malformed"
    status = 422


class ListNotValid(DomainError):
    """The list does not hold on that day."""

    code = "list.not_valid"


class ListEndsBeforeItBegins(DomainError):
    """The day after a list's last comes after its first."""

    code = "list.ends_before_it_begins"


class ListKindFixed(DomainError):
    """What a list with members is of stays as it is: they were judged, and report, by it."""

    code = "list.kind_fixed"


class MemberExists(DomainError):
    """The enterprise is on the list on that day already."""

    code = "list_member.exists"


class EnterpriseElsewhere(DomainError):
    """The enterprise lies outside of the list's region."""

    code = "list_member.elsewhere"


class EntryNotMet(DomainError):
    """The entry condition is not met, or cannot be told; who enters it all the same says why."""

    code = "list_member.entry_not_met"


class MemberLeft(DomainError):
    """The membership has ended."""

    code = "list_member.left"


class DayAhead(DomainError):
    """What is recorded happened today or before."""

    code = "list.day_ahead"


class DayBeforeEntry(DomainError):
    """What is recorded of a member happened while it was one."""

    code = "list.day_before_entry"


class NotAReform(DomainError):
    """Only members of a list of reforms have a reform record."""

    code = "list_member.not_a_reform"


class ReformStepRefused(DomainError):
    """A reform goes from planned over approved to carried out; what was carried out or given up is not undone."""

    code = "reform.step_refused"


class ReformIncomplete(DomainError):
    """A reform is carried out with its acquirer, day, staff and evidence; ``errors`` names what is lacking."""

    code = "reform.incomplete"


class ReformStaffMismatch(DomainError):
    """More were hired again or paid off than worked there."""

    code = "reform.staff_mismatch"


class NotAPilot(DomainError):
    """Only members of a list of pilots have follow-ups."""

    code = "list_member.not_a_pilot"


class PilotStepRefused(DomainError):
    """A pilot's stage goes on, or stays; once it was accepted or failed it is over."""

    code = "pilot.step_refused"


class PilotNeedsEvidence(DomainError):
    """Acceptance and failure of a pilot name the paper that says so."""

    code = "pilot.needs_evidence"


class VetoPeriodNotOrdered(DomainError):
    """A veto ends after it begins."""

    code = "veto.period_not_ordered"


class VetoLifted(DomainError):
    """The veto was lifted before."""

    code = "veto.lifted"


class VetoOfEnergy(DomainError):
    """Energy vetoes are set and lifted in the energy service."""

    code = "veto.of_energy"
