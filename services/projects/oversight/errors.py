"""What can be wrong with a rule of oversight."""

from libs.common.web.problems import DomainError


class RuleNotOrdered(DomainError):
    """Level 2 begins after level 1, and a rule ends after it begins."""

    code = "project_rule.not_ordered"


class RuleOverlap(DomainError):
    """The rule would still be valid when the next one of its kind and region begins."""

    code = "project_rule.overlap"


class RuleForbidden(DomainError):
    """A rule for everywhere is set by those who answer for everywhere; others name a region of theirs."""

    code = "project_rule.forbidden"
    status = 403
