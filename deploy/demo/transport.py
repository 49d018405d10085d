"""Requests to a service that survive its restarts: what is refused for the moment is asked again, unchanged."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from typing import Any

import httpx
import orjson

# A body of a week of curves is merged by the broker before it is answered.
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0
_FOR_THE_MOMENT = frozenset({429, 502, 503, 504})


class ApiError(Exception):
    """A service's refusal: HTTP status, stable code, and the problem document's own words."""

    def __init__(self, method: str, url: str, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.problem = problem
        detail = problem.get("detail") or problem.get("title") or ""
        faults = "; ".join(f"{e.get('pointer')}: {e.get('message')}" for e in problem.get("errors") or [])
        super().__init__(f"{method} {url} -> {status} {self.code} {detail} {faults}".rstrip())


class Unreachable(Exception):
    """The service did not answer within the patience of the caller."""


class Transport:
    """JSON over HTTP to the three services of a stack.

    `patience` is how many real seconds a request is repeated while the service is down, busy (429) or not ready
    (503). POSTs carry an Idempotency-Key made from their address and body, so a repetition has no second effect.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        username: str = "",
        password: str = "",
        api_key: str = "",
        patience: float = 120.0,
        language: str = "zh-CN",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._urls = dict(urls)
        self._username, self._password, self._api_key = username, password, api_key
        self._token = ""
        self._signing_in = asyncio.Lock()
        self._patience = patience
        limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)
        self._http = httpx.AsyncClient(
            timeout=_TIMEOUT,
            limits=limits,
            headers={"Accept-Language": language},
            transport=transport,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, service: str, path: str, **params: Any) -> Any:
        return await self.call(service, "GET", path, params=params)

    async def put(self, service: str, path: str, body: Any) -> Any:
        return await self.call(service, "PUT", path, body=body)

    async def post(self, service: str, path: str, body: Any, *, key: str | None = None) -> Any:
        return await self.call(service, "POST", path, body=body, key=key)

    async def post_table(self, service: str, path: str, text: str) -> Any:
        """A table as CSV."""
        return await self.call(service, "POST", path, body=text.encode(), media="text/csv; charset=utf-8")

    async def pages(self, service: str, path: str, **params: Any) -> AsyncIterator[dict[str, Any]]:
        """All rows of a list, page after page by its Link header."""
        url: str | None = self._urls[service] + path
        query: Mapping[str, Any] | None = {"limit": 500, **params}
        while url:
            response = await self._send("GET", url, query, b"", {})
            for row in rows_of(orjson.loads(response.content)):
                yield row
            url, query = response.links.get("next", {}).get("url"), None
            if url and url.startswith("/"):
                url = self._urls[service] + url

    async def call(
        self,
        service: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        key: str | None = None,
        media: str = "application/json",
    ) -> Any:
        """The answer's JSON, None for an empty one. `body` may be ready bytes. Raises ApiError, Unreachable."""
        url = self._urls[service] + path
        content = body if isinstance(body, bytes) else b"" if body is None else encode(body)
        headers: dict[str, str] = {"Content-Type": media} if content else {}
        if method == "POST":
            headers["Idempotency-Key"] = key or sha256(url.encode() + b"\n" + content).hexdigest()
        response = await self._send(method, url, params, content, headers)
        return orjson.loads(response.content) if response.content else None

    async def _send(
        self, method: str, url: str, params: Mapping[str, Any] | None, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        give_up = time.monotonic() + self._patience
        wait, renewed, reason = _FIRST_WAIT, False, ""
        while True:
            try:
                authorised = {**headers, **await self._authorisation()}
                response = await self._http.request(
                    method, url, params=params, content=content or None, headers=authorised
                )
            except httpx.TransportError as error:
                reason, hint = f"{type(error).__name__}: {error}", None
            else:
                if response.is_success or response.status_code == 304:
                    return response
                problem = _problem(response)
                if response.status_code == 401 and self._token and not renewed:
                    self._token, renewed = "", True
                    continue
                in_flight = response.status_code == 409 and problem.get("code") == "idempotency.in_flight"
                if response.status_code not in _FOR_THE_MOMENT and not in_flight:
                    raise ApiError(method, url, response.status_code, problem)
                reason, hint = f"{response.status_code} {problem.get('code', '')}", _retry_after(response)
            if time.monotonic() >= give_up:
                raise Unreachable(f"{method} {url} was not answered for {self._patience:g} s: {reason}")
            # Spread, so that many waiting requests do not come back at the same moment.
            await asyncio.sleep(hint if hint is not None else wait * random.uniform(0.7, 1.3))  # noqa: S311
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _authorisation(self) -> dict[str, str]:
        if self._api_key:
            return {"X-API-Key": self._api_key}
        if not self._username:
            return {}
        if not self._token:
            async with self._signing_in:
                if not self._token:
                    self._token = await self._sign_in()
        return {"Authorization": f"Bearer {self._token}"}

    async def _sign_in(self) -> str:
        url = self._urls["projects"] + "/v1/tokens"
        response = await self._http.post(url, json={"username": self._username, "password": self._password})
        if response.status_code in _FOR_THE_MOMENT:
            raise httpx.ConnectError(f"signing in: {response.status_code}")
        if not response.is_success:
            raise ApiError("POST", url, response.status_code, _problem(response))
        return str(response.json()["access_token"])


def encode(body: Any) -> bytes:
    """JSON of a body, numpy arrays included; the same body is always the same bytes."""
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """The rows of a list's answer: the array itself or its `items`."""
    rows: list[dict[str, Any]] = answer if isinstance(answer, list) else answer["items"]
    return rows


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        problem = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {"detail": response.text[:200]}
    return problem if isinstance(problem, dict) else {"detail": str(problem)[:200]}


def _retry_after(response: httpx.Response) -> float | None:
    try:
        return min(float(response.headers["Retry-After"]), _LONGEST_WAIT)
    except (KeyError, ValueError):
        return None
