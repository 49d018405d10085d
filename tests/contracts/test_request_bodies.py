"""A name that a request does not have is an error and never passed over: somebody meant to say something by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DOCUMENTS = Path(__file__).parents[2] / "docs" / "openapi"
# What other programs send us may say more than we read: browsers' subscriptions, devices of a national platform.
OTHERS = {"PushSubscription", "RegisterRequest"}


@pytest.mark.parametrize("service", ["projects", "energy", "alerts"])
def test_every_part_of_a_request_refuses_names_it_does_not_know(service: str) -> None:
    document = json.loads((DOCUMENTS / f"{service}.json").read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    reached = _reached(schemas, list(_bodies(document)))
    assert len(reached) > 50
    lax = {
        name
        for name in reached
        if "properties" in schemas[name] and schemas[name].get("additionalProperties", True)
    }
    assert lax <= OTHERS


def _bodies(document: dict[str, Any]) -> Iterator[Any]:
    for operations in document["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                yield operation.get("requestBody")


def _reached(schemas: dict[str, Any], roots: list[Any]) -> set[str]:
    """Names of the schemas that the roots refer to, and those that these refer to."""
    found: set[str] = set()
    waiting = roots
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name in schemas and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            waiting += [value for key, value in node.items() if key != "examples"]
    return found
