"""What can be wrong with a step of a duty."""

from libs.common.web.problems import DomainError


class DutyStepRefused(DomainError):
    """The duty is not in a state from which this step can be taken."""

    code = "duty.step_refused"


class VerifierIsResolver(DomainError):
    """A duty is verified and closed by another person than the one who reported it done."""

    code = "duty.verifier_is_resolver"


class ExtensionNotLater(DomainError):
    """An extension ends after the present deadline, and not before today."""

    code = "duty.extension_not_later"


class DueInPast(DomainError):
    """A deadline that lies before its own beginning cannot be kept."""

    code = "duty.due_in_past"


class NoTerm(DomainError):
    """No deadline was given, and no rule says how many working days there are."""

    code = "duty.no_term"


class NoOwner(DomainError):
    """Nobody was named who answers for the duty, and the project has nobody either."""

    code = "duty.no_owner"


class DutyRuleNotOrdered(DomainError):
    """Level 2 begins after level 1."""

    code = "duty_rule.not_ordered"
