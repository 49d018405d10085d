"""What can go wrong around rosters, swaps and stand-ins."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class RosterNotFound(NotFound):
    """No duty roster with this code that the caller may see."""

    code = "duty.roster_not_found"


class RotationNotFound(NotFound):
    """The roster has no such rotation."""

    code = "duty.rotation_not_found"


class AssignmentNotFound(NotFound):
    """The roster has no such shift, or it was taken back."""

    code = "duty.assignment_not_found"


class HolidayNotFound(NotFound):
    """The roster has no such holiday list."""

    code = "duty.holiday_not_found"


class SwapNotFound(NotFound):
    """No such swap that the caller may see."""

    code = "duty.swap_not_found"


class StandInNotFound(NotFound):
    """No such stand-in that the caller may see."""

    code = "stand_in.not_found"


class RosterKnown(DomainError):
    """Another roster has this code."""

    code = "duty.roster_known"
    status = 409


class UnknownPerson(DomainError):
    """Somebody named is not in the registry, or not active."""

    code = "duty.unknown_person"
    status = 409


class SpanNotOrdered(DomainError):
    """A time ends after it begins."""

    code = "duty.span_not_ordered"
    status = 409


class SpanTooLong(DomainError):
    """A roster is asked for more days at once than it answers."""

    code = "duty.span_too_long"
    status = 409


class SpanPast(DomainError):
    """What is over stays as it was."""

    code = "duty.span_past"
    status = 409


class BothRoles(DomainError):
    """One person cannot be on duty and the backup of himself."""

    code = "duty.both_roles"
    status = 409


class AssignmentOverlap(DomainError):
    """Another entered shift has this role in this time: take it back first."""

    code = "duty.assignment_overlap"
    status = 409


class HolidayOverlap(DomainError):
    """Another holiday list of the roster covers part of this time."""

    code = "duty.holiday_overlap"
    status = 409


class OutsideHoliday(DomainError):
    """A shift of a holiday list lies outside of its period."""

    code = "duty.outside_holiday"
    status = 409


class NotOnDuty(DomainError):
    """A side of a swap gives a time that is not its own."""

    code = "duty.not_on_duty"
    status = 409


class SwapWithSelf(DomainError):
    """A swap has two sides."""

    code = "duty.swap_with_self"
    status = 409


class SwapSettled(DomainError):
    """The swap was answered already."""

    code = "duty.swap_settled"
    status = 409


class SwapNotYours(DomainError):
    """A swap is answered by its other side, or by who keeps the roster."""

    code = "duty.swap_not_yours"
    status = 409


class StandInForSelf(DomainError):
    """Nobody stands in for himself."""

    code = "stand_in.self"
    status = 409


class StandInCycle(DomainError):
    """The chain of stand-ins would come back to where it began."""

    code = "stand_in.cycle"
    status = 409


class AbsenceWithoutEnd(DomainError):
    """An absence ends, at the latest after a year."""

    code = "stand_in.without_end"
    status = 409


class StandInRevoked(DomainError):
    """The stand-in was revoked already."""

    code = "stand_in.revoked"
    status = 409


class StandInNotYours(DomainError):
    """A stand-in is named by the person or by who leads the office."""

    code = "stand_in.not_yours"
    status = 409
