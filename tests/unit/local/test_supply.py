"""What is delivered: its licences, and the bill of materials."""

from __future__ import annotations

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.supply.components import Component, components
from deploy.supply.licences import LOOKED_AT, may_be_delivered, refused
from deploy.supply.sbom import bill


def test_every_licence_is_allowed_or_was_looked_at() -> None:
    found = components()
    assert refused(found) == []
    # What was looked at is still there, as it was then.
    assert {name for name in LOOKED_AT if not any(one.name == name for one in found)} == set()
    assert {one.kind for one in found} == {"pypi", "npm", "maven"}


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("", False),
        ("proprietary", False),
        ("SEE LICENSE IN (x", False),
    ],
)
def test_licence_is_allowed_when_all_its_demands_can_be_met(licence: str, allowed: bool) -> None:
    assert may_be_delivered(licence) is allowed


def test_package_is_refused_when_its_licence_became_another_one() -> None:
    name, (licence, _) = next(iter(LOOKED_AT.items()))
    assert refused([Component("pypi", name, "1", licence)]) == []
    assert refused([Component("pypi", name, "1", "AGPL-3.0-only")]) == [f"pkg:pypi/{name}@1: AGPL-3.0-only"]


def test_bill_names_every_package_once_and_keeps_to_its_schema() -> None:
    found = components()
    text = bill(found, "test")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    assert {one["purl"] for one in told["components"]} == {one.purl for one in found}
    assert len(told["components"]) == len(found) > 200
