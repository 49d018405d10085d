"""What can go wrong around dead letters."""

from libs.common.web.problems import DomainError, NotFound


class LetterNotFound(NotFound):
    """No letter with this id that the caller may see."""

    code = "dead_letter.not_found"


class LetterSettled(DomainError):
    """It was replayed or discarded already; neither happens twice."""

    code = "dead_letter.settled"
    status = 409


class LetterNotEditable(DomainError):
    """Blocks of readings, tombstones and events of no known type have no body that a contract describes."""

    code = "dead_letter.not_editable"
    status = 409


class LetterLeftBehind(DomainError):
    """Its value was too large to be kept: there is nothing to handle."""

    code = "dead_letter.left_behind"
    status = 409


class LetterStillFails(DomainError):
    """Handled again it failed again; nothing of it happened."""

    code = "dead_letter.still_fails"
    status = 409


class LetterUnfit(DomainError):
    """What was edited does not fit the contract; each fault is listed."""

    code = "dead_letter.unfit"
    status = 422
