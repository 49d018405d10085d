"""What can be wrong with an import, an export or a bulk edit as a whole; faults of rows are data."""

from libs.common.web.problems import DomainError


class FileRefused(DomainError):
    """The body is no spreadsheet that can be read: empty, of another kind, old, or protected by a password."""

    code = "import.file_refused"
    status = 415


class ImportForbidden(DomainError):
    """The caller's role may not write this entity."""

    code = "import.forbidden"
    status = 403


class ImportNotChecked(DomainError):
    """Only a trial run without a fault can be applied."""

    code = "import.not_checked"


class ImportContentForgotten(DomainError):
    """The file is no longer kept; it must be sent again."""

    code = "import.content_forgotten"
    status = 410


class ImportNotCancellable(DomainError):
    """The import is at work or has ended."""

    code = "import.not_cancellable"


class ExportTooLarge(DomainError):
    """The filter selects more rows than an export may have; ``rows`` says how many at least."""

    code = "export.too_large"


class ExportEmpty(DomainError):
    """Nothing is selected, and an OC4IDS package holds at least one project."""

    code = "export.empty"


class BulkEditTooLarge(DomainError):
    """The filter selects more projects than one edit may change."""

    code = "bulk_edit.too_large"


class BulkEditNothingToDo(DomainError):
    """The edit names no change, or no project."""

    code = "bulk_edit.nothing_to_do"


class BulkEditRefused(DomainError):
    """Some projects refuse the change, and nothing was changed; the preview says which and why."""

    code = "bulk_edit.refused"


class BulkEditStale(DomainError):
    """Projects were changed since they were looked at; ``errors`` names them."""

    code = "bulk_edit.stale"
    status = 412
