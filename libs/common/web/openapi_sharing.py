"""What many operations of an OpenAPI document say alike is said once, among its components.

The document of a service with a thousand operations would be thrice as long otherwise, most of it a few answers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")
_PROBLEM: Final = "application/problem+json"
# A name is made of the codes of an answer, as long as people can read it.
_CODES_IN_A_NAME: Final = 2

Described = dict[str, Any]


def share_components(document: Described) -> None:
    """Replace repeated problem answers, parameters and examples of problems by references to one of each."""
    operations = [
        path[method] for path in document.get("paths", {}).values() for method in _METHODS if method in path
    ]
    components = document.setdefault("components", {})
    # Their examples first: whole answers are compared as they are referred to.
    _share("examples", components, [*_examples(operations)], lambda code, _: code)
    _share("responses", components, [*_problems(operations)], _answer_name)
    _share("parameters", components, [*_parameters(operations)], lambda _, parameter: parameter["name"])


def _examples(operations: list[Described]) -> Iterator[tuple[Any, Any]]:
    for answers, status in _problems(operations):
        examples = answers[status]["content"][_PROBLEM].get("examples", {})
        yield from ((examples, code) for code in sorted(examples))


def _problems(operations: list[Described]) -> Iterator[tuple[Any, Any]]:
    for operation in operations:
        answers = operation["responses"]
        found = [status for status in sorted(answers) if _PROBLEM in answers[status].get("content", {})]
        yield from ((answers, status) for status in found)


def _parameters(operations: list[Described]) -> Iterator[tuple[Any, Any]]:
    for operation in operations:
        parameters = operation.get("parameters", [])
        yield from ((parameters, place) for place in range(len(parameters)) if "name" in parameters[place])


def _answer_name(status: str, answer: Described) -> str:
    codes = sorted(answer["content"][_PROBLEM].get("examples", {}))
    return "-".join(codes) if 0 < len(codes) <= _CODES_IN_A_NAME else f"problems-{status}"


def _share(
    kind: str,
    components: Described,
    places: list[tuple[Any, Any]],
    name_of: Callable[[Any, Described], str],
) -> None:
    """``places``: (container, key) of each thing that may be said elsewhere too."""
    shared: Described = components.setdefault(kind, {})
    texts = [json.dumps(container[key], sort_keys=True) for container, key in places]
    repeated = Counter(texts)
    names: dict[str, str] = {}
    for (container, key), text in zip(places, texts, strict=True):
        if repeated[text] == 1:
            continue
        if text not in names:
            names[text] = _free(_plain(name_of(key, container[key])), shared)
            shared[names[text]] = container[key]
        container[key] = {"$ref": f"#/components/{kind}/{names[text]}"}


def _plain(name: str) -> str:
    """Only what a component's name may hold: ``filter[code][eq]`` is ``filter.code.eq``."""
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "." for letter in name)
    return ".".join(part for part in kept.split(".") if part)


def _free(name: str, taken: Described) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"
