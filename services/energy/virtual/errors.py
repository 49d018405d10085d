"""What can go wrong with formulas of virtual meters."""

from libs.common.web.problems import DomainError


class NotVirtual(DomainError):
    """The meter measures by itself; only one of kind virtual has a formula."""

    code = "virtual.not_virtual"
    status = 409


class FormulaNotFound(DomainError):
    """The meter has no formula."""

    code = "virtual.formula_not_found"
    status = 404


class MemberUnknown(DomainError):
    """A member is no meter that the caller may see."""

    code = "virtual.member_unknown"
    status = 409


class MemberRepeated(DomainError):
    """A member stands twice in the same time."""

    code = "virtual.member_repeated"
    status = 409


class MemberUnfit(DomainError):
    """A member measures another kind of power, or its days begin at another time."""

    code = "virtual.member_unfit"
    status = 409


class FormulaCyclic(DomainError):
    """The meter would be a part of itself."""

    code = "virtual.cyclic"
    status = 409


class RecomputationTooLong(DomainError):
    """More days asked for than are computed anew on one request."""

    code = "virtual.recomputation_too_long"
    status = 422
