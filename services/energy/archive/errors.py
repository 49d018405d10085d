"""What can go wrong with archiving a month."""

from libs.common.web.problems import DomainError


class MonthNotOver(DomainError):
    """Corrections of the month are still tested against conditions; it is archived 35 days after its end."""

    code = "archive.month_not_over"


class MonthNotArchived(DomainError):
    """The month does not rest in the archive."""

    code = "archive.month_not_archived"


class MonthAlreadyArchived(DomainError):
    """The month rests in the archive already."""

    code = "archive.month_already_archived"


class MonthEmpty(DomainError):
    """There is no curve of the month."""

    code = "archive.month_empty"


class ArchiveDiffers(DomainError):
    """What was read back is not what was written; nothing was removed."""

    code = "archive.differs"
