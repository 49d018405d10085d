"""What can go wrong with supply quotas."""

from libs.common.web.problems import DomainError


class QuotaNotFound(DomainError):
    """No supply quota, or no import of some, of this id that the caller may see."""

    code = "quota.not_found"
    status = 404


class QuotaRegionMissing(DomainError):
    """A part of the grid is one of a region, and neither the list nor the caller says of which."""

    code = "quota.region_missing"


class QuotaRegionUnknown(DomainError):
    """The text is neither a region's code nor the name of exactly one."""

    code = "quota.region_unknown"
