"""What can go wrong with registered feeds."""

from libs.common.web.problems import DomainError


class FeedNotFound(DomainError):
    """No feed of this code that the caller may see."""

    code = "feed.not_found"
    status = 404


class FeedCodeTaken(DomainError):
    """Another feed has the code, the key with this name, or the certificate."""

    code = "feed.taken"


class FeedIncomplete(DomainError):
    """A fact is missing or makes no sense; ``errors`` names it."""

    code = "feed.incomplete"
    status = 422


class FeedHostNotAllowed(DomainError):
    """The site does not let us connect there; its operator lists the hosts."""

    code = "feed.host_not_allowed"


class FeedFolderUnset(DomainError):
    """The site has no root for watched folders; its operator sets one."""

    code = "feed.folder_unset"


class FeedRegionOutOfReach(DomainError):
    """The feed's region, or that of its key, is not in the caller's subtree."""

    code = "feed.region_out_of_reach"
