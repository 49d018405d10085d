import pytest

from deploy.local.errors import StackError
from deploy.local.kafka_jars import KAFKA_VERSION, Jar, _compare, listed
from deploy.local.layout import CHECKOUT, Layout, Settings
from deploy.local.processes import CONSOLE, DATABASES, SERVICE_PROCESSES, environment, service_program
from deploy.local.secrets import Secrets

SECRETS = Secrets("superuser", "key" * 20, "admin-password", {name: f"{name}-password" for name in DATABASES})
PLACE = Layout(CHECKOUT / "somewhere")
SETTINGS = Settings(port_base=9000)
BY_NAME = {process.name: process for process in SERVICE_PROCESSES}


def variables(name: str) -> dict[str, str]:
    return environment(BY_NAME[name], PLACE, SETTINGS, SECRETS)


def test_addresses_follow_the_port_base_when_it_is_chosen() -> None:
    given = variables("energy-api")
    assert given["DUBAN_HTTP_PORT"] == "9001"
    assert given["DUBAN_DATABASE_DSN"] == "postgresql://energy:energy-password@127.0.0.1:9004/energy"
    assert given["DUBAN_KAFKA_BOOTSTRAP"] == "127.0.0.1:9005"
    assert given["DUBAN_ALERTS_URL"] == "http://127.0.0.1:9002"


def test_only_projects_learns_the_admin_password() -> None:
    assert variables("projects")["DUBAN_ADMIN_PASSWORD"] == "admin-password"
    assert all("DUBAN_ADMIN_PASSWORD" not in variables(name) for name in BY_NAME if name != "projects")


def test_service_knows_only_its_own_database() -> None:
    for process in SERVICE_PROCESSES:
        text = " ".join(environment(process, PLACE, SETTINGS, SECRETS).values())
        # The console has none.
        assert {name for name in DATABASES if f"{name}-password" in text} == {process.service} - {CONSOLE}


def test_only_alerts_learns_where_messages_go() -> None:
    given = variables("alerts-worker")
    assert (given["DUBAN_SMTP_HOST"], given["DUBAN_SMTP_PORT"]) == ("127.0.0.1", "9007")
    assert "DUBAN_SMTP_PORT" not in variables("energy-relay")


def test_program_runs_the_module_with_its_roles() -> None:
    program = service_program(BY_NAME["energy-relay"], PLACE, SETTINGS, SECRETS)
    assert program.argv[1:] == ("-m", "services.energy", "relay,gateway")
    assert program.ports == (9011,)
    assert program.env["DUBAN_STACK"] == str(PLACE.directory)


def test_secrets_are_not_shown_when_printed() -> None:
    assert "password" not in repr(SECRETS).replace("admin_password", "")


def test_jar_list_names_kafka_of_the_pinned_version_and_no_jar_twice() -> None:
    jars = listed()
    assert any(jar.filename == f"kafka_2.13-{KAFKA_VERSION}.jar" for jar in jars)
    assert any(jar.coordinates == "org.slf4j:slf4j-simple" for jar in jars)
    assert len({jar.filename for jar in jars}) == len(jars)
    assert all(len(jar.sha256) == 64 for jar in jars)


def test_fetched_jars_are_refused_when_one_is_not_on_the_list() -> None:
    wanted = {"a.jar": Jar("g:a", "1", "0" * 64, "a.jar")}
    with pytest.raises(StackError, match=r"other jars than the list.*b\.jar"):
        _compare({"a.jar": CHECKOUT / "a.jar", "b.jar": CHECKOUT / "b.jar"}, wanted)


@pytest.mark.parametrize(
    ("origin", "rate", "real"),
    [(None, 1.0, True), (None, 60.0, False), ("2026-09-15T08:30:00+08:00", 1.0, False)],
)
def test_stack_follows_real_time_when_no_clock_was_asked_for(origin: str | None, rate: float, real: bool) -> None:
    assert Settings(clock_origin=origin, clock_rate=rate).real_time is real
