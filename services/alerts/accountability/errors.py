"""What can go wrong around the ledger of accountability."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class MissNotFound(NotFound):
    """No miss with this id that the caller may see."""

    code = "accountability.miss_not_found"


class EditionNotFound(NotFound):
    """The year has no such edition."""

    code = "accountability.edition_not_found"


class CorrectionPointless(DomainError):
    """The miss already stands as the correction would leave it."""

    code = "accountability.correction_pointless"
    status = 409


class MissLifted(DomainError):
    """The settlement that showed the target as missed was corrected: the miss counts for nobody any more."""

    code = "accountability.miss_lifted"
    status = 409


class UnknownPerson(DomainError):
    """The registry does not know whom the miss should count for."""

    code = "accountability.unknown_person"
    status = 409


class YearNotOver(DomainError):
    """A year's first edition is frozen when the year is over."""

    code = "accountability.year_not_over"
    status = 409


class NothingToFreeze(DomainError):
    """Nothing was corrected since the newest edition of the year."""

    code = "accountability.nothing_to_freeze"
    status = 409
