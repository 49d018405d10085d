"""What can go wrong with activations of orderly use."""

from libs.common.web.problems import DomainError


class ActivationNotFound(DomainError):
    """No activation of this id that the caller may see."""

    code = "activation.not_found"
    status = 404


class ActivationOrderNotFound(DomainError):
    """No order of this id that the caller may see."""

    code = "activation.order_not_found"
    status = 404


class IllegalActivationChange(DomainError):
    """The activation's state does not allow this."""

    code = "activation.illegal_change"


class ActivationPeriodUnfit(DomainError):
    """The time does not begin and end on quarters of an hour, lies behind, is upside down or too long."""

    code = "activation.period_unfit"


class ActivationOverlaps(DomainError):
    """An enterprise is under another activation at that time."""

    code = "activation.overlaps"


class ActivationEnterpriseUnknown(DomainError):
    """The enterprise is not known within the caller's reach, or is named twice."""

    code = "activation.enterprise_unknown"


class ActivationMetersUnfit(DomainError):
    """The enterprise has no meter to verify by, or one named is not its own or measures no active power."""

    code = "activation.meters_unfit"


class ActivationUserProtected(DomainError):
    """The enterprise is protected: it is never ordered to reduce."""

    code = "activation.user_protected"


class ActivationExceedsAdjustable(DomainError):
    """More is ordered than the enterprise can give without touching its security load."""

    code = "activation.exceeds_adjustable"


class ActivationAmendmentUnfit(DomainError):
    """The amendment does not change what holds in the way its kind says."""

    code = "activation.amendment_unfit"


class ActivationAlreadyAcknowledged(DomainError):
    """The newest notice of this order has been acknowledged."""

    code = "activation.already_acknowledged"


class ActivationNothingToNotify(DomainError):
    """Every enterprise has acknowledged its newest notice."""

    code = "activation.nothing_to_notify"


class ActivationRuleMissing(DomainError):
    """No rule of orderly use holds in the region on that day."""

    code = "activation.rule_missing"


class ActivationRuleUnfit(DomainError):
    """The rule contradicts itself or ends before it begins."""

    code = "activation.rule_unfit"


class ActivationRuleOverlaps(DomainError):
    """A rule of the same region begins on that day already."""

    code = "activation.rule_overlaps"


class ActivationNotOver(DomainError):
    """The activation has not ended: there is nothing to verify yet."""

    code = "activation.not_over"


class ActivationPlanMissing(DomainError):
    """No approved plan of orderly use of the region and year."""

    code = "activation.plan_missing"


class ActivationSelectionEmpty(DomainError):
    """The plan offers nobody for this gap."""

    code = "activation.selection_empty"


class ActivationNoGap(DomainError):
    """Nothing is foreseen to be short at the node, or all of it is covered by orders that stand."""

    code = "activation.no_gap"
