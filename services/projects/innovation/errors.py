"""What can be wrong with innovation records and award rounds."""

from libs.common.web.problems import DomainError


class RecordIncomplete(DomainError):
    """A record of the kind lacks something, or has what it may not have; ``errors`` names the fields."""

    code = "innovation_record.incomplete"


class RecordExists(DomainError):
    """There is a standing record with this number, or of this enterprise and year."""

    code = "innovation_record.exists"


class RecordDay(DomainError):
    """What is recorded begins today or before, and ends after it begins."""

    code = "innovation_record.day"


class RecordStepRefused(DomainError):
    """The record is not in a state from which this step can be taken."""

    code = "innovation_record.step_refused"


class RecordFourEyes(DomainError):
    """Who recorded it does not verify it."""

    code = "innovation_record.four_eyes"


class RoundCodeTaken(DomainError):
    """The round's code is in use."""

    code = "honour_round.duplicate_code"


class RoundMalformed(DomainError):
    """Criteria or days do not go together; ``errors`` names each fault."""

    code = "honour_round.malformed"


class RoundStepRefused(DomainError):
    """The round is not in a state from which this step can be taken."""

    code = "honour_round.step_refused"


class NominationClosed(DomainError):
    """The days of nomination are over."""

    code = "honour_nomination.closed"


class NominationExists(DomainError):
    """The nominee is nominated in this round."""

    code = "honour_nomination.exists"


class NomineeElsewhere(DomainError):
    """The nominee's enterprise lies outside of the round's region."""

    code = "honour_nomination.elsewhere"


class NominationStepRefused(DomainError):
    """The nomination is not in a state from which this step can be taken."""

    code = "honour_nomination.step_refused"


class NominationVetoed(DomainError):
    """A veto stands against the nominee's enterprise."""

    code = "honour_nomination.vetoed"


class NoticeListMalformed(DomainError):
    """The list for notice names eligible nominations of the round, no more than there are places."""

    code = "honour_round.notice_list"


class NoticeRunning(DomainError):
    """The notice lasts until the end of its last day."""

    code = "honour_round.notice_running"


class NoticeOver(DomainError):
    """Objections are raised while the notice lasts."""

    code = "honour_objection.notice_over"


class ObjectionsOpen(DomainError):
    """Objections wait for a decision."""

    code = "honour_round.objections_open"


class ObjectionDecided(DomainError):
    """The objection is decided."""

    code = "honour_objection.decided"


class ObjectionFourEyes(DomainError):
    """Who recorded an objection does not decide it."""

    code = "honour_objection.four_eyes"
