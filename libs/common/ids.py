"""Identifiers: version 7 for what people and services create, version 5 for what follows from readings."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid5

import uuid_utils.compat

IdFactory = Callable[[], UUID]

# One namespace for everything derived from readings; changing it would give old conditions new names.
_DERIVED_NAMESPACE = UUID("6e0d5f0c-31c7-5b0e-9f5a-2f1c0e6b7a11")


def new_id() -> UUID:
    """A UUIDv7: unique, and ordered by the millisecond of its making."""
    return uuid_utils.compat.uuid7()


def derived_id(*parts: str) -> UUID:
    """A UUIDv5 of the parts: the same facts give the same id in every run and on every machine."""
    return uuid5(_DERIVED_NAMESPACE, "\x1f".join(parts))
