"""Requests that schemathesis makes from a service's document, and what its answers must keep to.

The requests are the same in every run. Half of them name things that exist, in the path and in the body, so that
they reach the rules behind the lookup; what an answer has made, later requests name as well.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.neighbours import County

Send = Callable[[str, str, dict[str, Any]], Awaitable[httpx.Response]]

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_CHOICES = 8


@dataclass
class Fuzzing:
    """``send(method, path, options of httpx)`` sends as somebody who may do everything.

    ``examples`` of an operation by its method; ``skipped`` says of labels or beginnings of paths why they are not
    asked. ``known`` grows with what answers make.
    """

    document: Mapping[str, Any]
    send: Send
    known: County
    examples: Mapping[str, int]
    skipped: Mapping[str, str] = field(default_factory=dict)
    asked: int = 0
    failures: list[str] = field(default_factory=list)

    async def run(self, part: int = 0, parts: int = 1) -> None:
        schema = schemathesis.openapi.from_dict(dict(self.document))
        for number, result in enumerate(schema.get_all_operations()):
            assert isinstance(result, Ok), result
            operation = result.ok()
            if number % parts != part or any(operation.path.startswith(path) for path in self.skipped):
                continue
            for case, choice in self._cases(operation):
                await self._ask(operation, case, choice)

    def _cases(self, operation: Any) -> Iterable[tuple[Any, int]]:
        made: list[tuple[Any, int]] = []

        @settings(
            max_examples=self.examples[operation.method.lower()],
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), choice=st.integers(0, _CHOICES - 1))
        def collect(case: Any, choice: int) -> None:
            made.append((case, choice))

        collect()
        return made

    async def _ask(self, operation: Any, case: Any, choice: int) -> None:
        # The first of each names what exists, so that every operation is reached once beyond its lookup.
        if self.asked % 2 == 0 or choice < _CHOICES // 2:
            self._refer(case, choice)
        options = case.as_transport_kwargs(base_url="http://fuzzed.test")
        method, url = options.pop("method"), options.pop("url")
        options.pop("cookies", None)
        if (data := options.pop("data", None)) is not None:
            options["content" if isinstance(data, bytes | str) else "data"] = data
        try:
            answer = await self.send(
                method, url, {name: part for name, part in options.items() if part is not None}
            )
        except (httpx.InvalidURL, UnicodeEncodeError, httpx.LocalProtocolError):
            # What cannot be written into a request is no request.
            return
        self.asked += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except (FailureGroup, Failure) as failure:
            told = "; ".join(str(one) for one in getattr(failure, "exceptions", [failure]))
            self.failures.append(f"{operation.label}: {answer.status_code} {told[:600]} {answer.text[:300]}")
        if answer.is_success:
            self._learn(operation, answer)

    def _refer(self, case: Any, choice: int) -> None:
        """Let the path name something that exists, and the fields of the body too."""
        segments = case.operation.path.strip("/").split("/")
        for collection, segment in zip(["", *segments], segments, strict=False):
            name = segment.strip("{}")
            values = self.known.names.get((collection, name))
            if segment.startswith("{") and segment.endswith("}") and values:
                case.path_parameters[name] = values[choice % len(values)]
        if isinstance(case.body, dict):
            known = self.known.references
            case.body |= {name: known[name] for name in case.body.keys() & known.keys()}

    def _learn(self, operation: Any, answer: httpx.Response) -> None:
        """An id that a POST to a collection made is that of its items."""
        if operation.method.upper() != "POST" or "json" not in answer.headers.get("content-type", ""):
            return
        told = answer.json()
        collection = operation.path.rpartition("/")[2]
        if isinstance(told, dict) and isinstance(told.get("id"), str):
            for (known, name), keys in self.known.names.items():
                if known == collection and name.endswith("_id"):
                    keys.append(told["id"])
