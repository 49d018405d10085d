"""What can be wrong with the leadership of a project."""

from libs.common.web.problems import DomainError


class HandoverTooEarly(DomainError):
    """A term of office ends after the day it began."""

    code = "leadership.handover_too_early"


class HandoverToSamePerson(DomainError):
    """The person holds the office already."""

    code = "leadership.same_person"


class OfficeVacant(DomainError):
    """Nobody holds the office, so nobody can leave it."""

    code = "leadership.office_vacant"


class NotALeader(DomainError):
    """A lead official holds a leading post and is in office."""

    code = "leadership.not_a_leader"


class TaskForceExists(DomainError):
    """A project has one task force at a time; the present one is dissolved first."""

    code = "leadership.task_force_exists"


class TaskForceDissolved(DomainError):
    """The task force has been dissolved."""

    code = "leadership.task_force_dissolved"


class AlreadyMember(DomainError):
    """The person is a member of the task force already."""

    code = "leadership.already_member"


class HeadDoesNotLeave(DomainError):
    """A task force always has one head: the head hands over and then leaves."""

    code = "leadership.head_does_not_leave"


class HeadNotOne(DomainError):
    """A task force is formed with exactly one head."""

    code = "leadership.head_not_one"
