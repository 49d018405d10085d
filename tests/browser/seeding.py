"""What the journeys find in the county: enterprises with logins and curves, orders, a grid, targets, projects."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from deploy.demo.dataset.credit_codes import demo_credit_code
from tests.support.stack import wait_for
from tests.support.world import COUNTY, TOWN, ok, post_curves, slots_of, wait_stored

if TYPE_CHECKING:
    from tests.browser.conftest import Office

SINCE = "2026-01-01"
USERS = (
    ("works", "石材厂（演示）", "ordinary"),
    ("hospital", "县医院（演示）", "hospital"),
    ("mill", "铸造厂（演示）", "ordinary"),
)
TODAY = date(2026, 9, 15)


@dataclass(frozen=True)
class Enterprise:
    """Of the registry, with a login of its own and one meter."""

    key: str
    name: str
    credit_code: str
    id: str

    @property
    def meter_no(self) -> str:
        return f"BROWSER-{self.key.upper()}"


@cache
def enterprises(office: Office) -> dict[str, Enterprise]:
    """Enterprises by key, made once; all are known to the energy service and users of orderly use."""
    made = {key: _enterprise(office, number, key, name) for number, (key, name, _) in enumerate(USERS, start=901)}
    with office.world.api("energy") as http:
        for key, _, category in USERS:
            _use_orderly(http, made[key], category)
    return made


def _enterprise(office: Office, number: int, key: str, name: str) -> Enterprise:
    code = demo_credit_code(COUNTY, number)
    with office.world.api("projects") as http:
        body = {"name": name, "region_code": TOWN, "sector_code": "3032", "key_energy_user": True}
        found = ok(http.put(f"/v1/enterprises/{code}", json=body))
        grants = {"role": "enterprise", "region_code": TOWN, "enterprise_id": found["enterprise_id"]}
        ok(http.post("/v1/accounts", json={"username": key, "password": office.password, **grants}))
    return Enterprise(key, name, code, found["enterprise_id"])


def _use_orderly(http: Any, enterprise: Enterprise, category: str) -> None:
    meter = {"name": f"{enterprise.name}总表", "region_code": TOWN, "interval_minutes": 15, "capacity_kw": 5000}
    user = {
        "category": category,
        "max_load_kw": 4000,
        "security_load_kw": 500,
        "meter_nos": [enterprise.meter_no],
        "offers": [{"measure": "avoid", "load_kw": 3000}],
    }

    def known() -> bool:
        # The registry's enterprise reaches the energy service by an event.
        own = {**meter, "enterprise_id": enterprise.id, "valid_from": SINCE}
        if not http.put(f"/v1/meters/{enterprise.meter_no}", json=own).is_success:
            return False
        return bool(http.put(f"/v1/curtailment-users/{enterprise.id}", json=user).is_success)

    wait_for(known, 180, f"energy knows {enterprise.name}")


@cache
def grid(office: Office) -> None:
    """An area with a substation."""
    with office.world.api("energy") as http:
        area = {
            "code": "GQ-1",
            "kind": "area",
            "name": "通山供区（演示）",
            "region_code": COUNTY,
            "valid_from": SINCE,
        }
        ok(http.post("/v1/grid-nodes", json=area))
        station = {"code": "BDZ-1", "kind": "substation", "name": "城关变电站（演示）", "parent_code": "GQ-1"}
        facts = {"voltage_kv": 110, "capacity": {"rated_mva": 63, "units": 2}}
        ok(http.post("/v1/grid-nodes", json={**area, **station, **facts}))


@cache
def targets(office: Office) -> None:
    """The county's investment of the year, of which a town has promised less than a half."""
    year = {"indicator_code": "project_investment", "first_year": 2026, "last_year": 2026}
    nodes = [
        {"code": "B-T", "name": "全县完成投资", "region_code": COUNTY, "amount": "450000000", **year},
        {
            "code": "B-T-1",
            "name": "通羊镇完成投资",
            "region_code": TOWN,
            "amount": "200000000",
            "parent_code": "B-T",
            **year,
        },
    ]
    with office.world.api("projects") as http:
        ok(http.post("/v1/target-trees", json={"targets": nodes}))


@cache
def owed_report(office: Office, enterprise: Enterprise) -> None:
    """August's report of the enterprise is due."""
    with office.world.api("projects") as http:
        standing = {
            "region_code": TOWN,
            "sector_code": "3032",
            "valid_from": "2026-08-01",
            "reason": "建库（演示）",
        }
        ok(http.put(f"/v1/economy-standings/{enterprise.credit_code}", json=standing))
        ok(http.post("/v1/economy-scans"))


CONTEST_TOWN = "通羊镇"


@cache
def contest(office: Office) -> None:
    """A contest of one town, by what was signed and what was started."""
    named = {"code": "B-C", "name": "乡镇擂台赛（演示）", "kind": "township", "region_code": COUNTY, "year": 2026}
    parts = (("signed", "签约项目（演示）", "40"), ("started", "开工项目（演示）", "60"))
    components = [
        {"code": code, "source": "ledger", "measure": code, "weight": weight, "name_zh": name, "name_en": code}
        for code, name, weight in parts
    ]
    with office.world.api("projects") as http:
        path = f"/v1/contests/{ok(http.post('/v1/contests', json=named))['id']}"
        ok(http.post(f"{path}/schemes", json={"from_quarter": 1, "components": components}))
        entered = {"items": [{"region_code": TOWN, "from_on": SINCE}]}
        ok(http.post(f"{path}/participants", json=entered))


@cache
def fund(office: Office, name: str) -> str:
    """A policy in force with a budget: interest subsidised, two papers, approved in two steps. Its id."""
    policy = {
        "code": "B-FUND",
        "region_code": COUNTY,
        "name": name,
        "terms": {"kind": "interest_subsidy", "rate_percent": "3", "share_percent": "50", "max_days": 365},
        "papers": [{"code": "loan", "name": "借款合同"}, {"code": "slips", "name": "付息凭证"}],
        "steps": [{"name": "初审", "roles": ["officer"]}, {"name": "审定", "roles": ["leader"]}],
        "cap_yuan": "500000",
        "once": "year",
        "valid_from": SINCE,
    }
    with office.world.api("projects") as http:
        path = f"/v1/support-policies/{ok(http.post('/v1/support-policies', json=policy))['id']}"
        ok(http.post(f"{path}/adoption"))
        ok(http.put(f"{path}/budgets/{TODAY.year}", json={"amount_yuan": "3000000"}))
    return path.rsplit("/", 1)[-1]


@cache
def application_of(office: Office, enterprise: Enterprise, policy_id: str) -> dict[str, Any]:
    """A draft of the enterprise under the policy."""
    loan = {"contract": "1", "bank": "b", "principal_yuan": "1000000", "annual_rate_percent": "5"}
    days = {"first_day": "2026-01-10", "last_day": "2026-07-09"}
    body = {
        "policy_id": policy_id,
        "enterprise_id": enterprise.id,
        "requested_yuan": "1000",
        "inputs": {"kind": "interest_subsidy", "loans": [loan | days]},
    }
    with office.world.api("projects") as http:
        return dict(ok(http.post("/v1/support-applications", json=body)))


def started_project(office: Office, code: str, name: str) -> str:
    """Its id; signed in spring and under construction since May."""
    made = office.project(code, name)
    signed = {
        "stage": "signed",
        "on": "2026-03-02",
        "contract_amount_yuan": "100000000",
        "channel": "government",
    }
    started = {
        "stage": "started",
        "on": "2026-05-20",
        "evidence": "施工许可（演示）",
        "planned_capacity_on": "2027-12-31",
    }
    with office.world.api("projects") as http:
        for step in (signed, started):
            ok(http.post(f"/v1/projects/{made['id']}/stage-changes", json=step))
    return str(made["id"])


def led_project(office: Office, code: str, name: str) -> str:
    """A started project whose lead official is the leader with the account ``chief``."""
    project = started_project(office, code, name)
    duty = {"person_id": office.world.people["leader"], "on": "2026-06-01", "reason": "包联方案（演示）"}
    with office.world.api("projects") as http:
        ok(http.post(f"/v1/projects/{project}/lead-officials", json=duty))
    return project


def assigned_alert(office: Office, name: str, title: str, post: str = "officer") -> None:
    """A red alert that somebody answers for."""
    office.raise_alerts({"name": name, "severity": "critical", "title": title})
    reds = {"filter[severity][eq]": "red"}
    with office.world.api("alerts") as http:
        (alert,) = wait_for(
            lambda: [it for it in ok(http.get("/v1/alerts", params=reds))["items"] if it["title_zh"] == title],
            180,
            "the alert",
        )
        ok(http.post(f"/v1/alerts/{alert['id']}/assignments", json={"person_id": office.world.people[post]}))


def ordered(office: Office, enterprise: Enterprise) -> None:
    """The enterprise is told to give up 200 kW this evening."""
    order = {"enterprise_id": enterprise.id, "ordered_kw": 200, "measure": "avoid"}
    body = {
        "region_code": COUNTY,
        "starts_at": "2026-09-15T18:00:00+08:00",
        "ends_at": "2026-09-15T20:00:00+08:00",
        "reason": "晚峰缺口（演示）",
        "level": 1,
        "acknowledge_minutes": 60,
        "orders": [order],
    }
    with office.world.api("energy") as http:
        made = ok(http.post("/v1/activations", json=body))
        ok(http.post(f"/v1/activations/{made['id']}/notices"))


def spike(office: Office, enterprise: Enterprise) -> None:
    """Five weeks of usual use, and this morning more than twice of it: an alert of the enterprise's own."""
    chance = random.Random(3)
    usual = [
        {
            "meter_no": enterprise.meter_no,
            "date": (TODAY - timedelta(days=age)).isoformat(),
            "values": [round(chance.gauss(1500, 12), 2) for _ in range(96)],
        }
        for age in range(35, 0, -1)
    ]
    wait_stored(office.world, post_curves(office.world, usual)["receipt_id"])
    slot = slots_of(TODAY)[32]
    with office.world.feed() as feed:
        reading = {"meter_no": enterprise.meter_no, "at": slot.isoformat(), "value": 3_400.0}
        ok(feed.post("/v1/readings", params={"unit": "kW"}, json=[reading]))

    def warned() -> bool:
        with office.world.api("alerts") as http:
            found = ok(http.get("/v1/alerts", params={"limit": 1000}))["items"]
        return any(it["object_label"] == enterprise.meter_no for it in found)

    wait_for(warned, 180, "the alert of the spike")
