"""What can be wrong at the gate."""

from libs.common.web.problems import DomainError


class GateClosed(DomainError):
    """A review that is required here is missing, failed or expired; ``errors`` names each."""

    code = "gate.closed"


class IllegalReviewChange(DomainError):
    """What was asked for is not possible in the review's state."""

    code = "gate.illegal_review_change"


class UnknownExpert(DomainError):
    """The review has no such expert."""

    code = "gate.unknown_expert"


class ExpertListed(DomainError):
    """The expert is on the panel already."""

    code = "gate.expert_listed"


class ExpertConflicted(DomainError):
    """Who declared a conflict of interest gives no opinion."""

    code = "gate.expert_conflicted"


class OpinionsMissing(DomainError):
    """Too few experts, or one of them has not given an opinion; ``errors`` names each."""

    code = "gate.opinions_missing"


class OpinionsAgainst(DomainError):
    """Most experts disagree: the verdict cannot be a pass."""

    code = "gate.opinions_against"


class EnergyFactsRequired(DomainError):
    """An energy review is concluded on the project's intensity."""

    code = "gate.energy_facts_required"


class IntensityOverLimit(DomainError):
    """The project's intensity is above the sector's limit: it can only fail."""

    code = "gate.over_limit"


class ConditionsRequired(DomainError):
    """A conditional pass names its conditions; a fail its reason."""

    code = "gate.conditions_required"


class NoReviewStandard(DomainError):
    """No standard says how long a review of this kind holds in the region."""

    code = "gate.no_standard"


class ValidityTooLong(DomainError):
    """The review would hold longer than the standard allows, or end before it begins."""

    code = "gate.validity_too_long"


class ReviewDateInFuture(DomainError):
    """Something that has happened cannot have happened after today."""

    code = "gate.date_in_future"


class ReviewDatesOutOfOrder(DomainError):
    """A step cannot have happened before the one it follows."""

    code = "gate.dates_out_of_order"


class BenchmarkNotOrdered(DomainError):
    """An advanced value is no higher than the entry value, and that no higher than the limit."""

    code = "gate.benchmark_not_ordered"


class GateRuleNotOrdered(DomainError):
    """The rule's lower bound of investment is above its upper one."""

    code = "gate.rule_not_ordered"


class UnknownGateTemplate(DomainError):
    """No template of this name."""

    code = "gate.unknown_template"


class NothingToOverride(DomainError):
    """The gate is open at this point, or the named reviews are not what closes it."""

    code = "gate.nothing_to_override"


class OverrideDeadlinePast(DomainError):
    """An override is made good by a day to come."""

    code = "gate.override_deadline_past"


class OverrideAuthorityRequired(DomainError):
    """An override is answered for by a person of the registry at a leader's post."""

    code = "gate.override_authority_required"


class OverrideSpent(DomainError):
    """The override was used or revoked before."""

    code = "gate.override_spent"
