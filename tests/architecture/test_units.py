"""The systemd units run what the local run runs, confined; looked at by systemd's own tools where they are."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.processes import CONSOLE, DATABASES, SERVICE_PROCESSES, ServiceProcess
from tests.support.deployment import ROOT, settings_fields, settings_type

SYSTEMD = ROOT / "deploy" / "systemd"
UNITS = SYSTEMD / "units"
SHARED = UNITS / "duban-.service.d" / "10-confined.conf"
PYTHON = "/opt/duban/environment/bin/python"
# Of systemd's own measure, from 0 (nothing can be done) to 10.
EXPOSURE = "1.5"

by_name = pytest.mark.parametrize("process", SERVICE_PROCESSES, ids=lambda process: process.name)


class Unit(dict[str, list[str]]):
    """The lines of a file by ``Section.Key``, in their order."""

    def __init__(self, *files: Path) -> None:
        super().__init__()
        for file in files:
            section = ""
            for line in file.read_text(encoding="utf-8").splitlines():
                if line.startswith("["):
                    section = line.strip("[]")
                elif line and not line.startswith("#"):
                    key, _, value = line.partition("=")
                    self.setdefault(f"{section}.{key}", []).append(value)

    def environment(self) -> dict[str, str]:
        pairs = [pair for line in self.get("Service.Environment", []) for pair in shlex.split(line)]
        return dict(pair.split("=", 1) for pair in pairs)

    def credentials(self) -> dict[str, str]:
        return dict(line.split(":", 1) for line in self.get("Service.LoadCredential", []))


def example() -> dict[str, str]:
    text = (SYSTEMD / "example.env").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


@by_name
def test_unit_runs_the_local_command_when_a_process_is_started(process: ServiceProcess) -> None:
    unit = Unit(UNITS / f"duban-{process.name}.service")
    assert unit["Service.ExecStart"] == [shlex.join([PYTHON, *process.command])]
    # It says when it runs and that it lives, and is started again whatever ended it.
    assert unit["Service.Type"] == ["notify"]
    assert float(unit["Service.WatchdogSec"][0]) <= 120
    assert (unit["Service.Restart"], unit["Unit.StartLimitIntervalSec"]) == (["always"], ["0"])
    if process.service != CONSOLE:
        assert f"duban-migrate@{process.service}.service" in unit["Unit.Requires"]


@by_name
def test_variables_of_a_unit_are_settings_and_none_that_is_needed_is_missing(process: ServiceProcess) -> None:
    unit = Unit(SHARED, UNITS / f"duban-{process.name}.service")
    fields = settings_fields(process.service)
    own = {name for name in unit.environment() if name.startswith("DUBAN_")}
    assert own <= fields
    assert set(unit.credentials()) <= fields
    given = own | set(unit.credentials()) | set(example())
    kind = settings_type(process.service)
    needed = {f"DUBAN_{name.upper()}" for name, field in kind.model_fields.items() if field.is_required()}
    # Outside a local run the default ones are refused.
    needed |= {"DUBAN_SECRET_KEY", "DUBAN_ADMIN_PASSWORD"} & fields
    assert needed <= given
    assert unit["Service.EnvironmentFile"] == ["/etc/duban/duban.env", f"-/etc/duban/{process.service}.env"]


def test_ports_are_those_of_the_local_run_and_the_example_names_them() -> None:
    ports = {
        process.name: Unit(UNITS / f"duban-{process.name}.service").environment()["DUBAN_HTTP_PORT"]
        for process in SERVICE_PROCESSES
    }
    assert ports == {process.name: str(8100 + process.port_offset) for process in SERVICE_PROCESSES}
    for service, process in (("projects", "projects"), ("energy", "energy-api"), ("alerts", "alerts-api")):
        assert example()[f"DUBAN_{service.upper()}_URL"] == f"http://127.0.0.1:{ports[process]}"
    known = set().union(*(settings_fields(service) for service in (*DATABASES, CONSOLE)))
    assert set(example()) <= known
    assert example()["DUBAN_ENVIRONMENT"] == "production"
    assert not [name for name in example() if re.search(r"PASSWORD|SECRET|DSN|_KEY$", name)]


def test_secrets_are_credentials_of_the_process_that_needs_them() -> None:
    for process in SERVICE_PROCESSES:
        credentials = Unit(UNITS / f"duban-{process.name}.service").credentials()
        if process.service == CONSOLE:
            assert credentials == {}
            continue
        assert credentials["DUBAN_DATABASE_DSN"] == f"/etc/duban/secrets/{process.service}-dsn"
        assert ("DUBAN_ADMIN_PASSWORD" in credentials) is (process.service == "projects")
    for template in ("duban-migrate@", "duban-audit@"):
        assert "DUBAN_ADMIN_PASSWORD" not in Unit(UNITS / f"{template}.service").credentials()
        (more,) = (UNITS / f"{template}projects.service.d").iterdir()
        assert set(Unit(more).credentials()) == {"DUBAN_ADMIN_PASSWORD"}
    texts = "".join(file.read_text() for file in UNITS.rglob("*.*") if file.is_file())
    assert not re.search(r"(?i)(password|secret)\s*=\s*\S", texts)


def test_target_wants_every_process_and_every_timer() -> None:
    wanted = {unit for line in Unit(UNITS / "duban.target")["Unit.Wants"] for unit in line.split()}
    services = {f"duban-{process.name}.service" for process in SERVICE_PROCESSES}
    assert wanted == services | {f"duban-audit@{service}.timer" for service in DATABASES} | {"duban-backup.timer"}
    for timer in UNITS.glob("*.timer"):
        assert timer.with_suffix(".service").is_file()
        assert Unit(timer)["Timer.Persistent"] == ["yes"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the installing script puts below another root, with a program where the environment would be."""
    root = tmp_path_factory.mktemp("root")
    subprocess.run(
        ["sh", str(SYSTEMD / "install.sh"), "--root", str(root), "--files-only"], check=True, timeout=200
    )
    python = root / PYTHON.lstrip("/")
    python.parent.mkdir(parents=True)
    python.symlink_to(shutil.which("true") or "/bin/true")
    return root


def test_installed_code_is_all_that_a_process_imports(installed: Path) -> None:
    code = installed / "opt/duban/code"
    assert {path.name for path in code.iterdir()} == {"libs", "services", "deploy", "docs"}
    assert not (code / "services/console/web").exists()
    assert (code / "deploy/systemd/dump.py").is_file()
    assert (installed / "etc/duban/secrets").stat().st_mode & 0o777 == 0o700
    key = installed / "etc/duban/secrets/secret-key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}", key.read_text())


def test_second_installation_keeps_what_the_site_wrote(installed: Path) -> None:
    settings, key = installed / "etc/duban/duban.env", (installed / "etc/duban/secrets/secret-key").read_text()
    settings.write_text("DUBAN_ENVIRONMENT=production\n")
    (installed / "opt/duban/code/left_by_the_old_version.py").touch()
    subprocess.run(
        ["sh", str(SYSTEMD / "install.sh"), "--root", str(installed), "--files-only"], check=True, timeout=200
    )
    assert settings.read_text() == "DUBAN_ENVIRONMENT=production\n"
    assert (installed / "etc/duban/secrets/secret-key").read_text() == key
    assert not (installed / "opt/duban/code/left_by_the_old_version.py").exists()


@pytest.fixture
def placed(installed: Path, tmp_path: Path) -> Path:
    """The units, pointing to where they were installed to."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze on this machine")
    shutil.copytree(installed / "etc/systemd/system", tmp_path, dirs_exist_ok=True)
    for file in tmp_path.rglob("*.*"):
        if file.is_file():
            file.write_text(file.read_text().replace("/opt/duban", f"{installed}/opt/duban"))
    return tmp_path


def instances() -> list[str]:
    named = [path.name for path in UNITS.glob("*.*") if path.is_file() and "@" not in path.name]
    templates = [path.name for path in UNITS.glob("*@.*") if path.is_file()]
    return [*named, *(name.replace("@", f"@{service}") for name in templates for service in DATABASES)]


def analyse(units: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        ["systemd-analyze", *arguments],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:", "SYSTEMD_COLORS": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def about_ours(text: str) -> list[str]:
    return [line for line in text.splitlines() if "duban" in line]


def test_units_are_understood_by_systemd(placed: Path) -> None:
    assert len(instances()) > 15
    code, told = analyse(placed, "verify", "--man=no", *instances())
    assert about_ours(told) == []
    assert code == 0, told


def test_systemd_finds_what_is_wrong_when_a_unit_is_misspelt(placed: Path) -> None:
    unit = placed / "duban-console.service"
    unit.write_text(unit.read_text().replace("WatchdogSec=", "WatchdogSecs="))
    assert "WatchdogSecs" in analyse(placed, "verify", "--man=no", "duban-console.service")[1]
    shared = placed / "duban-.service.d" / SHARED.name
    shared.write_text(shared.read_text().replace("ProtectSystem=strict", "ProtectSystem=strictly"))
    assert "strictly" in analyse(placed, "verify", "--man=no", "duban-projects.service")[1]


def test_little_is_left_that_a_process_could_do_to_the_machine(placed: Path) -> None:
    services = [name for name in instances() if name.endswith(".service")]
    code, told = analyse(
        placed, "security", "--offline=true", "--no-pager", f"--threshold={float(EXPOSURE) * 10:.0f}", *services
    )
    assert code == 0, "\n".join(line for line in told.splitlines() if "exposure" in line)
    assert told.count("Overall exposure level") == len(services)


def test_shared_drop_in_confines_every_service() -> None:
    confined = Unit(SHARED)
    assert confined["Service.ProtectSystem"] == ["strict"]
    assert confined["Service.NoNewPrivileges"] == confined["Service.PrivateTmp"] == ["yes"]
    assert confined["Service.CapabilityBoundingSet"] == confined["Service.AmbientCapabilities"] == [""]
    assert confined["Service.User"] == ["duban"]
    # systemd takes the folder for every unit whose name begins so.
    assert all(name.startswith("duban-") for name in instances() if name.endswith(".service"))
