"""What can go wrong around rules and the handling of alerts."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class RuleNotFound(NotFound):
    """No alert rule with this code."""

    code = "rule.not_found"


class InvalidRule(DomainError):
    """An expression, a template or a name in the rule cannot work; ``errors`` names each."""

    code = "rule.invalid"
    status = 422


class UnknownPolicy(DomainError):
    """The rule names an escalation policy that does not exist."""

    code = "rule.unknown_policy"
    status = 409


class EventWithoutRegion(Exception):
    """An event names neither a region nor a known enterprise: nobody could be found to tell."""
