"""What can go wrong with rules of detection."""

from libs.common.web.problems import DomainError


class RuleScopeAmbiguous(DomainError):
    """A rule is for a region or for one meter, not for both."""

    code = "detection.rule_scope_ambiguous"
    status = 409


class RuleValidityInverted(DomainError):
    """A rule ends before it begins."""

    code = "detection.rule_validity_inverted"
    status = 409


class RuleScopeTooWide(DomainError):
    """The rule would hold for meters outside of the caller's region."""

    code = "detection.rule_scope_too_wide"
    status = 403


class RuleNotFound(DomainError):
    """No rule of this id."""

    code = "detection.rule_not_found"
    status = 404


class ConditionNotFound(DomainError):
    """No condition of this id that the caller may see."""

    code = "condition.not_found"
    status = 404
