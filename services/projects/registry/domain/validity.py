"""Data that holds in a region for a time, with this service's refusals; the rules are ``libs.common.validity``."""

from __future__ import annotations

from collections.abc import Iterable

from libs.common.validity import Dated, DatedT, in_force
from libs.common.validity import succession as successive
from libs.common.web.problems import DomainError
from services.projects.registry.errors import ValidityNotOrdered, ValidityOverlap

__all__ = ["Dated", "DatedT", "in_force", "succession"]


def succession(
    known: Iterable[DatedT],
    new: DatedT,
    *,
    not_ordered: type[DomainError] = ValidityNotOrdered,
    overlap: type[DomainError] = ValidityOverlap,
) -> tuple[DatedT, ...]:
    """See ``libs.common.validity.succession``."""
    return successive(known, new, not_ordered=not_ordered, overlap=overlap)
