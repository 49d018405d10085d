"""What can be wrong with contests."""

from libs.common.web.problems import DomainError


class ContestCodeTaken(DomainError):
    """The contest's code is in use."""

    code = "contest.duplicate_code"


class SchemeUnsound(DomainError):
    """Weights, shares or sources do not go together; ``errors`` names each field."""

    code = "contest.scheme_unsound"


class SchemeMissing(DomainError):
    """No weights are adopted for the quarter."""

    code = "contest.scheme_missing"


class SchemeOfFrozenQuarter(DomainError):
    """A quarter from which the weights are to hold is frozen."""

    code = "contest.scheme_of_frozen_quarter"


class RuleUnsound(DomainError):
    """The rule contradicts itself; ``errors`` names each field."""

    code = "contest.rule_unsound"


class RuleMissing(DomainError):
    """No rule of contests is in force there on that day."""

    code = "contest.rule_missing"


class ParticipantUnfit(DomainError):
    """The participant is not of the contest's kind, or not of its region."""

    code = "contest.participant_unfit"


class ParticipantTwice(DomainError):
    """The participant takes part in these days already."""

    code = "contest.participant_twice"


class ParticipantElsewhere(DomainError):
    """An enterprise belongs to one township, the one that the registry says."""

    code = "contest.participant_elsewhere"


class ParticipationEnded(DomainError):
    """The participation has ended, or would end before it begins."""

    code = "contest.participation_ended"


class NotTakingPart(DomainError):
    """The participant takes no part in that quarter."""

    code = "contest.not_taking_part"


class AdjustmentUnsound(DomainError):
    """Points, ground and kind do not go together; ``errors`` names each field."""

    code = "contest.adjustment_unsound"


class AdjustmentWithdrawn(DomainError):
    """It was taken back already."""

    code = "contest.adjustment_withdrawn"


class QuarterNotOver(DomainError):
    """A quarter is frozen when it is over."""

    code = "contest.quarter_not_over"


class QuarterFrozen(DomainError):
    """The quarter is frozen; a later edition says why."""

    code = "contest.quarter_frozen"


class NothingToFreeze(DomainError):
    """Nobody takes part, or nothing differs from the edition that stands."""

    code = "contest.nothing_to_freeze"


class AppealsUnfit(DomainError):
    """A correction answers upheld appeals of its quarter; ``errors`` names each other one."""

    code = "contest.appeals_unfit"


class AppealComponentUnknown(DomainError):
    """The standing has no such component."""

    code = "contest_appeal.component_unknown"


class AppealTooLate(DomainError):
    """The days of appeal are over."""

    code = "contest_appeal.too_late"


class AppealExists(DomainError):
    """An appeal of the participant against this edition waits for its decision."""

    code = "contest_appeal.exists"


class AppealNotLatest(DomainError):
    """A later edition stands; the appeal goes against that."""

    code = "contest_appeal.not_latest"


class AppealStepRefused(DomainError):
    """The appeal is not in a state from which this step can be taken."""

    code = "contest_appeal.step_refused"


class AppealFourEyes(DomainError):
    """Who filed an appeal does not decide it."""

    code = "contest_appeal.four_eyes"
