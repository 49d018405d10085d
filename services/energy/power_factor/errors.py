"""What can go wrong with pairs of meters."""

from libs.common.web.problems import DomainError


class PairNotFound(DomainError):
    """No pair of this id that the caller may see."""

    code = "power_factor.pair_not_found"
    status = 404


class PairUnfit(DomainError):
    """A meter does not measure what its place in the pair asks for."""

    code = "power_factor.pair_unfit"


class PairOverlaps(DomainError):
    """The active meter is paired at that time."""

    code = "power_factor.pair_overlaps"


class PairValidityInverted(DomainError):
    """The pair ends before it begins."""

    code = "power_factor.pair_validity_inverted"
