"""What can go wrong around policies and promises."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class PolicyNotFound(NotFound):
    """No escalation policy with this code."""

    code = "policy.not_found"


class RevisionNotFound(NotFound):
    """The policy has no such revision."""

    code = "policy.revision_not_found"


class PolicyKnown(DomainError):
    """An escalation policy with this code exists: revise it."""

    code = "policy.known"
    status = 409


class PolicyStartsInPast(DomainError):
    """What was in force stays readable: a revision begins now or later."""

    code = "policy.starts_in_past"
    status = 409


class PromiseInPast(DomainError):
    """What is promised has to lie ahead."""

    code = "alert.promise_in_past"
    status = 409


class PromiseTooFar(DomainError):
    """A promise may not put an alert off for longer than its policy allows."""

    code = "alert.promise_too_far"
    status = 409
