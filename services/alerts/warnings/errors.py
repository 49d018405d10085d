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


class RuleExists(DomainError):
    """There is a rule under this code already: it is revised, not created again."""

    code = "rule.exists"
    status = 409


class RuleUntested(DomainError):
    """The rule wants to be tested, exactly as it is, before it is switched on."""

    code = "rule.untested"
    status = 409


class RuleUnchanged(DomainError):
    """The rule is switched on, or off, already."""

    code = "rule.unchanged"
    status = 409


class TooManyEvents(DomainError):
    """More events were kept in these days than a test looks at."""

    code = "rule.too_many_events"
    status = 409


class UnknownEventType(NotFound):
    """No rule can speak of events of this type."""

    code = "rule.unknown_event_type"


class AlreadyAcknowledged(DomainError):
    """Somebody else took the alert up first; who and when is said."""

    code = "alert.already_acknowledged"
    status = 409


class DoneInFuture(DomainError):
    """What was done was done before now."""

    code = "alert.done_in_future"
    status = 409


class UnknownAssignee(DomainError):
    """The person or unit is not in the registry, or not active."""

    code = "alert.unknown_assignee"
    status = 409


class SameSeverity(DomainError):
    """The alert has this severity already."""

    code = "alert.same_severity"
    status = 409


class VerifiedByResolver(DomainError):
    """Who resolved an alert does not verify it."""

    code = "alert.verified_by_resolver"
    status = 409


class LiveTwin(DomainError):
    """Another alert is live for the same thing meanwhile."""

    code = "alert.live_twin"
    status = 409


class MergeIntoItself(DomainError):
    """An alert is no duplicate of itself, nor related to itself."""

    code = "alert.itself"
    status = 409


class MergeTarget(DomainError):
    """Duplicates are merged into an alert that is live."""

    code = "alert.merge_target"
    status = 409


class LinkNotFound(NotFound):
    """The alert has no such standing link."""

    code = "alert.link_not_found"


class LinkStands(DomainError):
    """The two alerts are linked in this way already."""

    code = "alert.link_stands"
    status = 409


class LinkCycle(DomainError):
    """An alert would be the cause of its own cause."""

    code = "alert.link_cycle"
    status = 409


class EventWithoutRegion(Exception):
    """An event names neither a region nor a known enterprise: nobody could be found to tell."""
