"""What the page says of the services' enumerations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from libs.common.contracts.energy.conditions import ConditionKind
from libs.common.contracts.energy.situations import SituationKind
from libs.common.contracts.projects.conditions import ProjectConditionKind

_TEXTS = Path(__file__).resolve().parents[3] / "services/console/web/src/i18n"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_kind_of_condition_has_a_name_when_an_alert_shows_it(language: str) -> None:
    """A kind without one is shown as it is called in the code."""
    text = (_TEXTS / f"{language}.ts").read_text(encoding="utf-8")
    named = set(re.findall(r'^  "kind\.([a-z_]+)": "[^"]', text, re.MULTILINE))
    kinds = {kind.value for each in (ConditionKind, SituationKind, ProjectConditionKind) for kind in each}
    assert kinds - named == set()
