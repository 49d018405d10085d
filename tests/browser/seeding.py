"""What the journeys find in the county: enterprises with logins, users of orderly use, a grid, targets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from deploy.demo.dataset.credit_codes import demo_credit_code
from tests.support.stack import wait_for
from tests.support.world import COUNTY, TOWN, ok

if TYPE_CHECKING:
    from tests.browser.conftest import Office

SINCE = "2026-01-01"
USERS = (("works", "石材厂（演示）", "ordinary"), ("hospital", "县医院（演示）", "hospital"))


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
    """Two enterprises by key, made once; both are known to the energy service and users of orderly use."""
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

    wait_for(known, 30, f"energy knows {enterprise.name}")


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
