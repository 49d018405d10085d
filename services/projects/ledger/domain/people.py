"""Who did something, and when two of them are the same: four eyes belong to two people."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller: its account or key, and the person of the registry behind it, if one is named."""

    subject: str
    person_id: UUID | None = None

    def is_same(self, other: Actor) -> bool:
        """The same account, or two accounts or keys of one person."""
        return self.subject == other.subject or (self.person_id is not None and self.person_id == other.person_id)
