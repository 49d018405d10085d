"""What can be wrong with a regime, a check or a question about them."""

from libs.common.web.problems import DomainError


class RegimeNotOrdered(DomainError):
    """A regime's levels or questions contradict each other; ``errors`` names each fault."""

    code = "cadence.regime_not_ordered"


class UnknownRegimeTemplate(DomainError):
    """No template of this name."""

    code = "cadence.unknown_template"


class UnknownPeriod(DomainError):
    """Not the code of a period: 2026-W38, 2026-09-X2, 2026-09, 2026-Q3, 2026-H2 or 2026."""

    code = "cadence.unknown_period"


class CheckStepRefused(DomainError):
    """The check is not in a state from which this step can be taken."""

    code = "check.step_refused"


class CheckOfInterruptedProject(DomainError):
    """A suspended or terminated project owes no report."""

    code = "check.project_interrupted"


class CheckIncomplete(DomainError):
    """What the level asks for is missing or not of its kind; ``errors`` names each."""

    code = "check.incomplete"


class CheckOutsidePeriod(DomainError):
    """Progress and investment of a report belong to its period; other days are entered in the ledger."""

    code = "check.outside_period"


class CheckPeriodNotOrdered(DomainError):
    """The days asked for end before they begin, or are too many."""

    code = "check.period_not_ordered"
