"""The caller of the benchmarks: one connection, kept open, of the standard library.

The caller shares two cores with what is measured, and httpx spends two milliseconds of them on a request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """Blocks until it is answered: several at once need a thread each."""

    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        address = urlsplit(base)
        self._connection = HTTPConnection(address.hostname or "", address.port, timeout=_SECONDS)
        self._headers = dict(headers)

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Answer:
        return self._ask("GET", f"{path}?{urlencode(parameters)}" if parameters else path, None)

    def post(self, path: str, body: bytes) -> Answer:
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        return Answer(answer.status, dict(answer.headers), answer.read())
