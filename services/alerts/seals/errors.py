"""What can go wrong around seals and exports of trails."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class SealNotFound(NotFound):
    """No seal with this number."""

    code = "trail.seal_not_found"


class TrailNotSealed(DomainError):
    """The alert's trail has no proof yet: its first entries wait for the next seal."""

    code = "trail.not_sealed"
    status = 409


class TrailExportTooLarge(DomainError):
    """More entries than a table for people holds; narrow the period, or take JSON Lines."""

    code = "trail.export_too_large"
    status = 409
