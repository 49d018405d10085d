"""An industry office at its desk: the ledger over REST by people with logins of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.world import World, ok

PASSWORD = "Chai-Mountain-73"


@dataclass
class Office:
    """Calls of the projects service by the administrator, or by whoever was given a login."""

    world: World
    http: httpx.Client
    tokens: dict[str, str] = field(default_factory=dict)

    def staff(self, username: str, role: str, region_code: str, **grants: Any) -> None:
        """A login of a role and region, of a person or an enterprise if so granted."""
        account = {"username": username, "password": PASSWORD, "role": role, "region_code": region_code}
        ok(self.http.post("/v1/accounts", json=account | grants))
        self.tokens[username] = self.world.stack.token(username, PASSWORD)

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, by: str = "", **params: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[by]}"} if by else {}
        return self.http.request(method, path, json=body, params=params or None, headers=headers)

    def get(self, path: str, *, by: str = "", **params: Any) -> Any:
        return ok(self.call("GET", path, by=by, **params))

    def items(self, path: str, **params: Any) -> list[dict[str, Any]]:
        return list(self.get(path, limit=500, **params)["items"])

    def put(self, path: str, *, by: str = "", **body: Any) -> Any:
        return ok(self.call("PUT", path, body, by=by))

    def post(self, path: str, *, by: str = "", **body: Any) -> Any:
        return ok(self.call("POST", path, body, by=by))

    def refused(self, path: str, *, by: str = "", **body: Any) -> dict[str, Any]:
        """The problem of a POST that a rule forbids."""
        answer = self.call("POST", path, body, by=by)
        assert answer.status_code == 409, answer.text
        problem: dict[str, Any] = answer.json()
        return problem

    # Projects, as most tests need them.

    def register(self, code: str, name: str, region_code: str, **facts: Any) -> str:
        """A project's address."""
        body = {"code": code, "name": name, "kind": "new_build", "region_code": region_code, **facts}
        return f"/v1/projects/{self.post('/v1/projects', **body)['id']}"

    def enter(self, project: str, stage: str, on: str, **facts: Any) -> dict[str, Any]:
        """One step of the project's life."""
        done: dict[str, Any] = self.post(f"{project}/stage-changes", stage=stage, on=on, **facts)
        return done

    def sign(self, project: str, amount_yuan: int, on: str = "2026-03-02", **facts: Any) -> dict[str, Any]:
        terms = {
            "contract_amount_yuan": amount_yuan,
            "investor": "投资人（演示）",
            "channel": "government",
            "planned_start_on": "2026-06-01",
        }
        return self.enter(project, "signed", on, **(terms | facts))

    def start(self, project: str, on: str = "2026-05-20", **facts: Any) -> dict[str, Any]:
        plan = {"evidence": "施工许可 2026-05（演示）", "planned_capacity_on": "2027-12-31"}
        return self.enter(project, "started", on, **(plan | facts))

    def fund(self, project: str, amount_yuan: int, on: str, slip: str, *, recorder: str, verifier: str) -> None:
        """Money that one person recorded and another verified."""
        body = {"on": on, "amount_yuan": amount_yuan, "source": "domestic", "payer": "投资人（演示）"}
        arrival = self.post(f"{project}/funds-arrivals", by=recorder, evidence=slip, **body)
        self.post(f"{project}/funds-arrivals/{arrival['id']}/verification", by=verifier)


def id_of(path: str) -> str:
    return path.rpartition("/")[2]
