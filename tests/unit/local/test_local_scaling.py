"""How many brokers and workers a stack has: names, ports and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.errors import ForeignData, StackError
from deploy.local.kafka import KafkaServer
from deploy.local.kafka_cluster import KafkaCluster, kafka_of
from deploy.local.layout import WIDE_PORTS_USED, Layout, Settings
from deploy.local.processes import DATABASES, SERVICE_PROCESSES, environment, is_base, service_processes
from deploy.local.scaling import check_workers, departed, joined
from deploy.local.secrets import Secrets

ONE = Settings(port_base=9000)
MANY = replace(ONE, brokers=3, energy_workers=3, alerts_workers=2)
LARGEST = replace(ONE, brokers=3, energy_workers=8, alerts_workers=8)
SECRETS = Secrets("superuser", "key" * 20, "admin", dict.fromkeys(DATABASES, "password"))


def names(settings: Settings) -> list[str]:
    return [process.name for process in service_processes(settings)]


def test_further_workers_are_numbered_when_several_are_asked_for() -> None:
    assert service_processes(ONE) == SERVICE_PROCESSES
    added = [name for name in names(MANY) if name not in names(ONE)]
    assert added == ["energy-worker-2", "energy-worker-3", "alerts-worker-2"]
    roles = {process.name: process.roles for process in service_processes(MANY)}
    assert roles["energy-worker-3"] == roles["energy-worker"]


def test_no_worker_runs_when_none_is_asked_for() -> None:
    assert "energy-worker" not in names(replace(ONE, energy_workers=0))


def test_ports_lie_in_one_block_and_differ_when_a_stack_is_largest() -> None:
    ports = [LARGEST.port(process.port_offset) for process in service_processes(LARGEST)]
    ports += [port for pair in LARGEST.broker_ports for port in pair]
    assert len(set(ports)) == len(ports)
    assert all(9000 <= port < 9000 + WIDE_PORTS_USED for port in ports)


def test_a_change_names_who_comes_and_who_goes() -> None:
    fewer = replace(MANY, energy_workers=1, alerts_workers=3)
    assert [process.name for process in joined(MANY, fewer)] == ["alerts-worker-3"]
    assert departed(MANY, fewer) == {"energy-worker-2", "energy-worker-3"}


def test_clients_know_every_broker_and_topics_have_three_copies_when_there_are_three() -> None:
    process = SERVICE_PROCESSES[0]
    alone = environment(process, Layout(Path("/data")), ONE, SECRETS)
    assert (alone["DUBAN_KAFKA_BOOTSTRAP"], alone.get("DUBAN_TOPIC_REPLICATION")) == ("127.0.0.1:9005", None)
    given = environment(process, Layout(Path("/data")), MANY, SECRETS)
    assert given["DUBAN_KAFKA_BOOTSTRAP"] == "127.0.0.1:9005,127.0.0.1:9020,127.0.0.1:9022"
    assert given["DUBAN_TOPIC_REPLICATION"] == "3"


@pytest.mark.parametrize("name", ["postgres", "kafka", "kafka-2", "kafka-3", "mailbox"])
def test_services_stand_on_it(name: str) -> None:
    assert is_base(name)
    assert not is_base("energy-worker-2")


@pytest.mark.parametrize("option", ["energy_workers", "alerts_workers"])
@pytest.mark.parametrize("count", [-1, 9])
def test_number_of_workers_is_refused_when_no_stack_can_have_it(option: str, count: int) -> None:
    with pytest.raises(StackError, match=f"--{option.replace('_', '-')} {count}"):
        check_workers(replace(ONE, **{option: count}))  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 2, 5])
def test_number_of_brokers_is_refused_when_it_is_neither_one_nor_three(tmp_path: Path, count: int) -> None:
    ports = tuple((9000 + 2 * number, 9001 + 2 * number) for number in range(count))
    with pytest.raises(StackError, match=f"1 broker or 3, not {count}"):
        KafkaCluster(tmp_path, ports).check_size()


def test_number_of_brokers_is_refused_when_the_data_were_made_with_another(tmp_path: Path) -> None:
    place = Layout(tmp_path)
    cluster = kafka_of(place, MANY)
    cluster.check_size()
    programs = cluster.programs()
    assert [program.name for program in programs] == ["kafka", "kafka-2", "kafka-3"]
    cluster.check_size()
    with pytest.raises(ForeignData, match="made with --brokers 3; it cannot go on with 1"):
        kafka_of(place, ONE).check_size()
    note = json.loads((tmp_path / "kafka" / "cluster.json").read_text())
    kafka_of(place, MANY).programs()
    assert json.loads((tmp_path / "kafka" / "cluster.json").read_text()) == note


def test_data_of_a_broker_alone_are_known_when_nothing_was_noted(tmp_path: Path) -> None:
    data = KafkaServer(tmp_path / "kafka", 9005, 9006).data
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("cluster.id=abc\n")
    kafka_of(Layout(tmp_path), ONE).check_data()
    with pytest.raises(ForeignData, match="made with --brokers 1"):
        kafka_of(Layout(tmp_path), MANY).check_data()
