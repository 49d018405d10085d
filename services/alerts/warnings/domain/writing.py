"""What an alert is called and which labels and key it has: a rule's templates filled with an event's facts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from services.alerts.trail.domain.labels import own_labels
from services.alerts.warnings.domain import templates
from services.alerts.warnings.domain.judging import Judgement

MAX_KEY = 500
_MAX_NAME = 300
_MAX_LABEL = 200

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Named:
    """What an alert is about, and what makes another condition the same alert."""

    object_type: str
    object_id: str
    object_label: str | None
    object_name: str | None
    condition_kind: str
    dedup_key: str
    labels: Mapping[str, str]


def named(judged: Judgement) -> Named:
    """Names, key and labels; what is missing is left out of labels and "unknown" elsewhere."""
    rule, facts = judged.known.rule, judged.facts

    def text(template: str, longest: int = _MAX_NAME) -> str:
        return templates.render(template, facts, {}, longest=longest)

    def optional(template: str | None) -> str | None:
        return None if template is None else text(template)

    object_id, kind = text(rule.object_id), text(rule.condition_kind)
    key = f"{rule.object_type}:{object_id}:{kind}"
    if rule.dedup_key is not None:
        key = text(rule.dedup_key, templates.MAX_WRITTEN)
    return Named(
        object_type=rule.object_type,
        object_id=object_id,
        object_label=optional(rule.object_label),
        object_name=optional(rule.object_name),
        condition_kind=kind,
        dedup_key=_bounded(key),
        labels=own_labels(
            _labels(rule.labels, facts),
            rule=judged.known.code,
            severity=judged.severity,
            region_code=judged.region_code,
            object_type=rule.object_type,
            object_id=object_id,
            condition_kind=kind,
            route=rule.route,
            enterprise_id=facts.get("enterprise_id"),
        ),
    )


def texts(judged: Judgement, zh: Words, en: Words) -> dict[str, str]:
    """Title and text in both languages."""
    rule, facts = judged.known.rule, judged.facts
    title = templates.MAX_TITLE
    return {
        "title_zh": templates.render(rule.title_zh, facts, zh, longest=title),
        "title_en": templates.render(rule.title_en, facts, en, longest=title),
        "text_zh": templates.render(rule.text_zh, facts, zh),
        "text_en": templates.render(rule.text_en, facts, en),
    }


def _labels(wanted: Mapping[str, str], facts: Mapping[str, object]) -> dict[str, str]:
    written = {}
    for name, template in wanted.items():
        fields = templates.names_of(template)
        # A label that says nothing but "unknown" would bring strangers together.
        if fields and all(templates.is_missing(facts.get(field)) for field in fields):
            continue
        value = templates.render(template, facts, {}, longest=_MAX_LABEL).strip()
        if value:
            written[name] = value
    return written


def _bounded(key: str) -> str:
    if len(key) <= MAX_KEY:
        return key
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
