"""What can be wrong with a saved filter."""

from libs.common.web.problems import DomainError


class SavedFilterExists(DomainError):
    """The caller has a saved filter of this name for this list already."""

    code = "saved_filter.exists"


class SavedFilterNotOwn(DomainError):
    """A shared filter is changed by whoever made it, or by an administrator."""

    code = "saved_filter.not_own"
    status = 403


class SharingNeedsRegion(DomainError):
    """A filter is shared with a region of the caller's subtree."""

    code = "saved_filter.sharing_needs_region"
