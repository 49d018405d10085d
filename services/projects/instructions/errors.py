"""What can be wrong with an instruction."""

from libs.common.web.problems import DomainError


class NotTheInstructor(DomainError):
    """Only who instructed, or a deputy authorised on record, may decide this."""

    code = "instruction.not_the_instructor"
    status = 403


class SubjectIncomplete(DomainError):
    """What the instruction is about is not said fully; ``errors`` names what is missing or too much."""

    code = "instruction.subject_incomplete"


class ExtensionPending(DomainError):
    """An extension has been asked for and is not decided yet."""

    code = "instruction.extension_pending"


class ExtensionDecided(DomainError):
    """The request has been decided."""

    code = "instruction.extension_decided"


class NothingToRemind(DomainError):
    """The instruction has been reported done or closed; nobody has to be reminded."""

    code = "instruction.nothing_to_remind"


class LeadUnitAssists(DomainError):
    """A unit leads or assists, once."""

    code = "instruction.lead_unit_assists"


class DeputyExists(DomainError):
    """The person is a deputy already."""

    code = "instruction.deputy_exists"
