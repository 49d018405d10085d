"""What can be wrong with a rule of oversight."""

from libs.common.web.problems import DomainError


class RuleNotOrdered(DomainError):
    """Level 2 begins after level 1."""

    code = "project_rule.not_ordered"
