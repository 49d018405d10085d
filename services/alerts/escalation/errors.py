"""What can go wrong around policies and promises."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class PolicyNotFound(NotFound):
    """No escalation policy with this code."""

    code = "policy.not_found"


class PromiseInPast(DomainError):
    """What is promised has to lie ahead."""

    code = "alert.promise_in_past"
    status = 409


class PromiseTooFar(DomainError):
    """A promise may not put an alert off for longer than its policy allows."""

    code = "alert.promise_too_far"
    status = 409
