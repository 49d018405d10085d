"""The chart's network policies, played: who may reach whom at which port, and nobody else anywhere else."""

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.support.chart import EVERYTHING, of_kind, render

APIS = ("projects-api", "energy-api", "alerts-api")
WORKERS = ("projects-worker", "energy-worker", "energy-relay", "energy-scheduler", "alerts-worker")
PROCESSES = (*APIS, *WORKERS, "console")
PORTS = (25, 53, 80, 443, 1883, 3310, 4318, 5432, 8000, 8443, 8883, 9092, 9093)


@dataclass(frozen=True)
class End:
    """One end of a line: a pod with its labels, or an address outside of the cluster."""

    name: str
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    address: str = ""

    def __hash__(self) -> int:
        return hash(self.name)


def ours(component: str) -> End:
    labels = {"app.kubernetes.io/name": "duban", "app.kubernetes.io/instance": "office"}
    return End(component, "duban", labels | {"app.kubernetes.io/component": component})


OURS = tuple(ours(component) for component in (*PROCESSES, "migrations", "audit"))
OTHERS = (
    End("front door", "ingress-nginx", {"app": "controller"}),
    End("dns", "kube-system", {"k8s-app": "kube-dns"}),
    End("postgres", "duban", {"app": "postgres"}),
    End("kafka", "duban", {"app": "kafka"}),
    End("prometheus", "monitoring", {"app": "prometheus"}),
    End("collector", "duban", {"app": "collector"}),
    End("stranger beside us", "duban", {"app": "other"}),
    End("stranger", "elsewhere", {"app": "postgres"}),
    # Another release in the same namespace is a stranger as well.
    End("second office", "duban", {**ours("console").labels, "app.kubernetes.io/instance": "second"}),
    End("outside", address="203.0.113.5"),
    End("outside v6", address="2001:db8::5"),
    End("mail", address="10.1.2.3"),
    End("receiver", address="10.1.2.4"),
    End("scanner", address="10.1.2.5"),
    End("utility", address="10.9.7.1"),
    End("broker of a city", address="10.8.7.1"),
    End("private", address="10.77.0.1"),
    End("metadata of the cloud", address="169.254.169.254"),
    End("private v6", address="fd00::1"),
)


def chosen(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    for one in selector.get("matchExpressions", []):
        inside = labels.get(one["key"]) in one["values"]
        assert one["operator"] in {"In", "NotIn"}
        if inside is (one["operator"] == "NotIn"):
            return False
    wanted: dict[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


def is_peer(peer: dict[str, Any], end: End, namespace: str) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        if not end.address:
            return False
        address = ip_address(end.address)
        within = [ip_network(text) for text in (block["cidr"], *block.get("except", []))]
        return address in within[0] and not any(address in network for network in within[1:])
    if end.address:
        return False
    if "namespaceSelector" in peer:
        here = chosen(peer["namespaceSelector"], {"kubernetes.io/metadata.name": end.namespace})
    else:
        here = end.namespace == namespace
    return here and chosen(peer.get("podSelector", {}), end.labels)


def allowed(policies: list[dict[str, Any]], end: End, other: End, port: int, way: str) -> bool:
    """Whether ``end`` may send to (Egress) or hear from (Ingress) the other, by the policies that choose it."""
    mine = [
        policy["spec"]
        for policy in policies
        if end.namespace == "duban"
        and way in policy["spec"]["policyTypes"]
        and chosen(policy["spec"]["podSelector"], end.labels)
    ]
    if not mine:
        return True
    side, key = ("to", "egress") if way == "Egress" else ("from", "ingress")
    return any(
        port in {one["port"] for one in rule["ports"]}
        and any(is_peer(peer, other, "duban") for peer in rule[side])
        for spec in mine
        for rule in spec.get(key, [])
    )


def flows(policies: list[dict[str, Any]]) -> set[tuple[str, str, int]]:
    ends = (*OURS, *OTHERS)
    return {
        (source.name, target.name, port)
        for source in ends
        for target in ends
        for port in PORTS
        if source != target
        and (source in OURS or target in OURS)
        and allowed(policies, source, target, port, "Egress")
        and allowed(policies, target, source, port, "Ingress")
    }


# What the architecture names, and what running it takes.
STATEFUL = (*APIS, *WORKERS, "migrations")
EXPECTED = {
    *(("front door", api, 8000) for api in (*APIS, "console")),
    *(("console", api, 8000) for api in APIS),
    *((process, "postgres", 5432) for process in (*STATEFUL, "audit")),
    *((process, "kafka", 9092) for process in STATEFUL),
    *((end.name, "dns", 53) for end in OURS),
}
OUTGOING = ("projects-api", "projects-worker", "energy-api", "alerts-api", "alerts-worker", "console")
MORE = {
    *((process, name, 443) for process in OUTGOING for name in ("outside", "outside v6")),
    *((process, "receiver", port) for process in OUTGOING for port in (443, 8443)),
    *((process, "mail", 25) for process in ("alerts-api", "alerts-worker")),
    *((process, "scanner", 3310) for process in ("projects-api", "energy-api", "energy-relay")),
    *(("energy-relay", "utility", port) for port in (1883, 8883, 9092, 9093)),
    *(("alerts-worker", "broker of a city", port) for port in (9092, 9093)),
    *((process, "collector", 4318) for process in STATEFUL),
    *(("prometheus", process, 8000) for process in PROCESSES),
}


def policies(*values: dict[str, Any]) -> list[dict[str, Any]]:
    return list(of_kind(render(*values), "NetworkPolicy").values())


def test_exactly_the_flows_of_the_architecture_are_allowed() -> None:
    assert flows(policies(EVERYTHING)) == EXPECTED | MORE


def test_nothing_leaves_but_to_database_and_brokers_when_a_site_names_nobody() -> None:
    shut = {
        "networkPolicy": {
            "outsideHttps": False,
            **{k: EVERYTHING["networkPolicy"][k] for k in ("database", "kafka")},
        }
    }
    assert flows(policies(shut)) == EXPECTED


def test_nobody_comes_in_when_there_is_no_front_door() -> None:
    found = flows(policies(EVERYTHING, {"networkPolicy": {"frontDoor": []}}))
    assert found == (EXPECTED | MORE) - {("front door", api, 8000) for api in (*APIS, "console")}


@pytest.mark.parametrize("name", ["office-nothing-else", "office-console-is-heard", "office-outside"])
def test_flows_differ_when_a_policy_is_missing(name: str) -> None:
    left = [policy for policy in policies(EVERYTHING) if policy["metadata"]["name"] != name]
    assert len(left) == len(policies(EVERYTHING)) - 1
    assert flows(left) != EXPECTED | MORE


def test_there_is_no_policy_when_a_site_has_its_own() -> None:
    assert policies({"networkPolicy": {"enabled": False}}) == []
