"""A process as image, chart and units confine it: another user, no capability, nothing to write but /tmp."""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.deployment import ROOT
from tests.support.ports import reserve_ports

START = ROOT / "deploy" / "images" / "start.sh"
KEY = "k" * 40
# Inside: every file system is read-only but a new /tmp; then a user of its own without any capability.
CONFINED = """
set -eu
mount -t tmpfs tmpfs /mnt
mkdir /mnt/code /mnt/environment /mnt/secrets
mount --bind "$CODE" /mnt/code
mount --bind "$ENVIRONMENT" /mnt/environment
mount --bind "$SECRETS" /mnt/secrets
if [ -n "$SHUT" ]; then
    # The Python lies in a folder that only its owner enters: the same path, without the rest.
    mkdir /mnt/python
    mount --bind "$PYTHON" /mnt/python
    mount -t tmpfs -o mode=755 tmpfs "$SHUT"
    mkdir -p "$PYTHON"
    mount --bind /mnt/python "$PYTHON"
fi
mount -t tmpfs -o mode=1777 tmpfs /tmp
while read -r _ place _; do
    case "$place" in /tmp|/proc|/proc/*|/sys|/sys/*|/dev|/dev/*) continue ;; esac
    # What lies hidden below another one cannot be changed, and cannot be reached.
    mount -o remount,bind,ro "$place" 2>/dev/null || true
done < /proc/self/mounts
cd /mnt/code
exec setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \\
    /bin/sh deploy/images/start.sh /mnt/environment/bin/python "$@"
"""


@pytest.fixture(autouse=True)
def _able() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a read-only file system for another user")
    missing = [name for name in ("unshare", "setpriv", "mount") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a mount namespace")


def command(*arguments: str) -> list[str]:
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", CONFINED, "sh", *arguments]


def environment(secrets: Path, **more: str) -> dict[str, str]:
    for file in (secrets, *secrets.iterdir()):
        os.chown(file, 10001, 10001)
    python = Path(sys.base_prefix)
    shut = [place for place in reversed(python.parents) if not place.stat().st_mode & 0o001]
    return {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHON": str(python),
        "SHUT": str(shut[0]) if shut else "",
        "CODE": str(ROOT),
        "ENVIRONMENT": sys.prefix,
        "SECRETS": str(secrets),
        "DUBAN_SECRETS_DIRECTORY": "/mnt/secrets",
        **more,
    }


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    (folder / "DUBAN_SECRET_KEY").write_text(KEY)
    return folder


def test_nothing_can_be_written_but_tmp(secrets: Path) -> None:
    tried = """
import os, sys
assert os.geteuid() == 10001 and "NoNewPrivs:\\t1" in open("/proc/self/status").read()
assert "CapEff:\\t0000000000000000" in open("/proc/self/status").read()
for place in ("/mnt/code", "/mnt/code/services", "/mnt/environment", "/etc", "/var/tmp", "/mnt/secrets"):
    try:
        open(place + "/written", "w")
    except OSError:
        pass
    else:
        sys.exit(place + " can be written")
    if not os.statvfs(place).f_flag & os.ST_RDONLY:
        sys.exit(place + " lies on a file system that others can write to")
open("/tmp/written", "w").write("well")
"""
    done = subprocess.run(
        command("-c", tried), env=environment(secrets), capture_output=True, text=True, timeout=600, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not Path("/tmp/written").exists()


@contextmanager
def running(arguments: list[str], variables: dict[str, str], said: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (
        said.open("wb") as log,
        subprocess.Popen(command(*arguments), env=variables, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=300)


def ready(url: str, process: subprocess.Popen[bytes], seconds: float = 400) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=30) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    return False


def test_service_migrates_and_works_confined_with_secrets_in_files(
    secrets: Path, tmp_path: Path, fresh_database: Callable[[str], str], kafka_bootstrap: str, topic_prefix: str
) -> None:
    dsn = fresh_database("confined").replace(":postgres@", ":%70ostgres@")
    (secrets / "DUBAN_DATABASE_DSN").write_text(dsn)
    (secrets / "DUBAN_ADMIN_PASSWORD").write_text("Hold-the-door-7")
    port = reserve_ports(1)
    variables = environment(
        secrets,
        DUBAN_KAFKA_BOOTSTRAP=kafka_bootstrap,
        DUBAN_TOPIC_PREFIX=topic_prefix,
        DUBAN_HTTP_PORT=str(port),
        DUBAN_WEBHOOK_ALLOWED_HOSTS="",
        DUBAN_CONSOLE_URL="https://duban.example.gov.cn",
    )
    migrated = subprocess.run(
        command("-m", "services.projects", "migrate"), env=variables, capture_output=True, timeout=600, check=False
    )
    assert migrated.returncode == 0, migrated.stderr.decode()[-2000:] + migrated.stdout.decode()[-2000:]
    said = tmp_path / "said.log"
    roles = ["-m", "services.projects", "api,consumer,relay,scheduler"]
    with running(roles, variables, said) as process:
        assert ready(f"http://127.0.0.1:{port}", process), said.read_text()[-3000:]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/.well-known/jwks.json", timeout=60) as answer:
            assert answer.status == 200
    # It ended as it was told to.
    assert process.returncode == 0, said.read_text()[-3000:]


def started(folder: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": os.environ["PATH"], "NUMBA_CACHE_DIR": str(cache)}
    asked = ["sh", str(folder / "start.sh"), "sh", "-c", 'echo "$NUMBA_CACHE_DIR $*"', "sh", "two words", "three"]
    return subprocess.run(asked, env=variables, capture_output=True, text=True, timeout=300, check=False)


def test_start_hands_compiled_loops_to_the_process_and_goes_on_without_them(tmp_path: Path) -> None:
    image = tmp_path / "image"
    (image / "kernels" / "deep").mkdir(parents=True)
    (image / "kernels" / "deep" / "loop.nbc").write_text("code")
    shutil.copy(START, image / "start.sh")
    cache = tmp_path / "tmp" / "kernels"
    cache.parent.mkdir()
    for _ in range(2):
        assert started(image, cache).stdout == f"{cache} two words three\n"
        assert (cache / "deep" / "loop.nbc").read_text() == "code"
    (cache / "deep" / "loop.nbc").write_text("compiled anew")
    started(image, cache)
    assert (cache / "deep" / "loop.nbc").read_text() == "compiled anew"
    # No room, or nothing to copy: the process starts all the same.
    nowhere = tmp_path / "missing" / "kernels"
    assert started(image, nowhere).stdout == f"{nowhere} two words three\n"
    shutil.rmtree(image / "kernels")
    assert started(image, tmp_path / "tmp" / "other").returncode == 0
