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
