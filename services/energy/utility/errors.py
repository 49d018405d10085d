"""What can go wrong with a utility's lists."""

from libs.common.web.problems import DomainError


class ListUnreadable(DomainError):
    """The file has no row of headings that this list needs; nothing was taken."""

    code = "utility.list_unreadable"
    status = 422
