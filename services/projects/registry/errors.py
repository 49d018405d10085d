"""What can be wrong with a registry entry."""

from libs.common.web.problems import DomainError


class InvalidCreditCode(DomainError):
    """Not a unified social credit code: wrong length, a character outside the alphabet, or a wrong check."""

    code = "registry.invalid_credit_code"
    status = 422


class UnknownRegion(DomainError):
    """The registry does not hold this region."""

    code = "registry.unknown_region"


class UnknownUnit(DomainError):
    """The registry does not hold this unit."""

    code = "registry.unknown_unit"


class EntryInUse(DomainError):
    """Others refer to the entry; they are moved or deleted first."""

    code = "registry.entry_in_use"


class EntryUnknown(DomainError):
    """The registry does not hold what a field refers to; ``errors`` names the fields."""

    code = "registry.entry_unknown"


class EntryExists(DomainError):
    """The registry holds an entry under this code; PUT changes it."""

    code = "registry.entry_exists"


class ValidityNotOrdered(DomainError):
    """An entry ends after it begins."""

    code = "validity.not_ordered"


class ValidityOverlap(DomainError):
    """The entry would still be valid when the next one of its key and region begins."""

    code = "validity.overlap"


class EverywhereForbidden(DomainError):
    """What holds everywhere is set by those who answer for everywhere; others name a region of theirs."""

    code = "validity.everywhere_forbidden"
    status = 403
