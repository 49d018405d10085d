"""What can be wrong with a meeting, its minutes or a visit."""

from libs.common.web.problems import DomainError


class MeetingStepRefused(DomainError):
    """The meeting is not in a state from which this step can be taken."""

    code = "meeting.step_refused"


class MeetingInFuture(DomainError):
    """A meeting cannot have been held after today."""

    code = "meeting.in_future"


class AgendaMismatch(DomainError):
    """A problem on the agenda belongs to another project than the one named with it."""

    code = "meeting.agenda_mismatch"


class AttendeeTwice(DomainError):
    """A person is on the attendance list once."""

    code = "meeting.attendee_twice"


class EditionNeedsReason(DomainError):
    """The meeting has minutes already; another edition says what it changes."""

    code = "minutes.edition_needs_reason"


class MinutesNotOfProject(DomainError):
    """The project was not on the agenda of the meeting whose minutes are to govern it."""

    code = "minutes.not_of_project"


class MinutesGovernAlready(DomainError):
    """These minutes govern the project already."""

    code = "minutes.govern_already"


class NoGoverningMinutes(DomainError):
    """No minutes govern the project."""

    code = "minutes.none_govern"


class GoverningTooEarly(DomainError):
    """Governing minutes are superseded after the day from which they govern, and govern from no future day."""

    code = "minutes.govern_too_early"


class VisitStepRefused(DomainError):
    """The visit has been made or cancelled."""

    code = "visit.step_refused"


class VisitDayUnfit(DomainError):
    """A visit is planned for today or later, and made today or earlier."""

    code = "visit.day_unfit"


class VisitProjectMismatch(DomainError):
    """The project belongs to another enterprise than the one visited."""

    code = "visit.project_mismatch"
