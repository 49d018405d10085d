"""What can be wrong with parks, their sites and tenants, and with the sharing of what they bring."""

from libs.common.web.problems import DomainError


class UnknownPark(DomainError):
    """There is no park with this code."""

    code = "park.unknown"


class ParkExists(DomainError):
    """There is a park with this code; PUT changes it."""

    code = "park.exists"


class ParkInUse(DomainError):
    """Sites, tenants or projects refer to the park; it is not deleted."""

    code = "park.in_use"


class CapacityNeedsUnit(DomainError):
    """A planned capacity is a number and its unit: both or neither."""

    code = "park.capacity_needs_unit"


class SiteMalformed(DomainError):
    """A parcel has an area and a land use, a plant a floor area; ``errors`` names what does not fit."""

    code = "site.malformed"


class SiteExists(DomainError):
    """The park (or the region, outside of parks) has a site of this number already."""

    code = "site.exists"


class SiteUnknown(DomainError):
    """There is no such site, or it belongs to another park than the tenant."""

    code = "site.unknown"


class SiteTooSmall(DomainError):
    """More would be taken of the site than is free on some day of the time asked for."""

    code = "site.too_small"


class SiteShrunk(DomainError):
    """The site cannot be smaller than what its tenants take of it."""

    code = "site.shrunk"


class SiteOccupied(DomainError):
    """A site that is taken cannot be reserved."""

    code = "site.occupied"


class SiteReserved(DomainError):
    """The site is reserved for somebody; the reservation is lifted first, or named by the one who moves in."""

    code = "site.reserved"


class UnknownTenant(DomainError):
    """The tenant is an enterprise of the registry or a project of the ledger, one of both."""

    code = "tenant.unknown"


class TenantNeedsPlace(DomainError):
    """A tenant is in a park, or takes a plant outside of parks."""

    code = "tenant.needs_place"


class TenantAlreadyHere(DomainError):
    """The same tenant is in this park at that time already."""

    code = "tenant.already_here"


class OutsideTenancy(DomainError):
    """The day or month lies before the tenant came or after it left."""

    code = "tenant.outside_tenancy"


class TenantLeft(DomainError):
    """The tenant has left; what was is not changed any more."""

    code = "tenant.left"


class DateAhead(DomainError):
    """Nothing can be known of a day or month that has not come."""

    code = "park.date_ahead"


class FigureCorrectionNeedsNote(DomainError):
    """The month's figures stand already; a correction says why."""

    code = "tenant.figure_correction_needs_note"


class PeriodNotOrdered(DomainError):
    """A period ends before it begins, or is longer than may be asked for at once."""

    code = "park.period_not_ordered"


class SharesNotWhole(DomainError):
    """The shares do not sum to exactly 100 %; the sum is named."""

    code = "attribution.shares_not_whole"


class ShareRepeated(DomainError):
    """A region has one share of a thing, not two."""

    code = "attribution.share_repeated"


class AttributionMonth(DomainError):
    """Figures are monthly: shares begin on the first day of a month and end with one."""

    code = "attribution.not_first_of_month"
