"""What can go wrong with planned outages."""

from libs.common.web.problems import DomainError


class OutageNotFound(DomainError):
    """No planned outage of this id that the caller may see."""

    code = "outage.not_found"
    status = 404


class OutagePeriodInverted(DomainError):
    """The outage ends before it starts, or lasts longer than one is planned for."""

    code = "outage.period_inverted"


class OutageWithdrawn(DomainError):
    """A withdrawn outage stays as it is; record another."""

    code = "outage.withdrawn"


class OutageRegionMissing(DomainError):
    """A feeder or transformer is one of a region, and only the caller's own regions are theirs to cut off."""

    code = "outage.region_missing"
