"""Rules that are tried before they hold: what identifies them, and the rule book with them in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

from services.energy.detection.domain.parameters import AnyParameters
from services.energy.detection.domain.rules import Factors, Rule, RuleBook

_EVER: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DraftRule:
    """Parameters for all meters, a region's subtree or one meter."""

    parameters: AnyParameters
    region_code: str | None = None
    meter_no: str | None = None

    def facts(self) -> dict[str, Any]:
        """As it is kept and digested."""
        return {
            "kind": self.parameters.kind.value,
            "region_code": self.region_code,
            "meter_no": self.meter_no,
            "parameters": self.parameters.model_dump(),
        }

    @property
    def digest(self) -> str:
        """The same for the same scope and parameters, however they were written."""
        return digest_of(self.facts())


def digest_of(facts: object) -> str:
    """SHA-256 of the facts in one canonical writing."""
    return sha256(json.dumps(facts, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def tried(
    rules: Sequence[Rule], drafts: Sequence[tuple[DraftRule, str | None]], factors: dict[str, Factors]
) -> RuleBook:
    """The rules in force with the drafts in the place of those of the same kind and scope, at all times.

    ``drafts`` come with the prefix of their region.
    """
    own = [Rule(draft.parameters, _EVER, None, prefix, draft.meter_no) for draft, prefix in drafts]
    scopes = {(rule.parameters.kind, rule.region_prefix, rule.meter_no) for rule in own}
    kept = [rule for rule in rules if (rule.parameters.kind, rule.region_prefix, rule.meter_no) not in scopes]
    return RuleBook([*(replace(rule) for rule in kept), *own], factors)
