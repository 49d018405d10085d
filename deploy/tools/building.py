"""Helm and the Compose specification's loader, built from Go modules that go.sum holds to their hashes.

A build is kept beside the environment that runs us under the digest of what they are made from: minutes once,
then nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
# The file's name, and the package: helm's own, and a few lines of ours around the loader that Docker uses.
TOOLS: Final = {
    "helm": "helm.sh/helm/v3/cmd/helm",
    "compose": "./compose",
}
# What KEDA's objects have to look like: a file of its module, which is taken for nothing else.
KEDA: Final = "github.com/kedacore/keda/v2@v2.17.2"
_KEDA_SUM: Final = "h1:xlrcK5TKABJF9PebK79sgL07s/csGjL3H4m72OkZXxk="
_KEDA_FILE: Final = "config/crd/bases/keda.sh_scaledobjects.yaml"
SCALED_OBJECTS: Final = "scaledobjects.yaml"
_SOURCES: Final = ("go.mod", "go.sum", "compose/main.go")
# Helm's own build tells it so which Kubernetes its client is made for; without it that would be one of years ago.
_KUBERNETES: Final = re.compile(r"k8s\.io/client-go v0\.(\d+)\.")
_OF_KUBERNETES: Final = "helm.sh/helm/v3/pkg/chartutil.k8sVersion"


class NoTools(Exception):
    """There is no Go that is new enough, or it could not build; the message says which."""


def store() -> Path:
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in _SOURCES)).hexdigest()
    return Path(sys.prefix) / "share" / "duban" / "tools" / digest[:16]


def built(name: str) -> Path | None:
    """The tool, when it is there."""
    found = store() / name
    return found if found.is_file() else None


def build(report: Callable[[str], None]) -> None:
    """Build what is not there yet. Raises NoTools."""
    if all(built(name) for name in (*TOOLS, SCALED_OBJECTS)):
        return
    go = shutil.which("go")
    if go is None:
        raise NoTools("Go is not installed, which helm is built with")
    store().mkdir(parents=True, exist_ok=True)
    with (store().parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, package in TOOLS.items():
            if built(name) is None:
                _build(go, name, package, report)
        if built(SCALED_OBJECTS) is None:
            _fetch_schema(go)
        _forget_old()


def _build(go: str, name: str, package: str, report: Callable[[str], None]) -> None:
    begun = time.monotonic()
    report(f"building {name} from {package} (once; some minutes)")
    half = store() / f".{name}"
    client = _KUBERNETES.search((HERE / "go.mod").read_text(encoding="utf-8"))
    told = f" -X {_OF_KUBERNETES}Major=1 -X {_OF_KUBERNETES}Minor={client.group(1)}" if client else ""
    command = [go, "build", "-trimpath", f"-ldflags=-s -w{told}", "-o", str(half), package]
    _run(command)
    half.rename(store() / name)
    report(f"{name} is built after {time.monotonic() - begun:.0f} s")


def _fetch_schema(go: str) -> None:
    told = json.loads(_run([go, "mod", "download", "-json", KEDA]))
    if told["Sum"] != _KEDA_SUM:
        raise NoTools(f"{KEDA} is not the one that was looked at: {told['Sum']}")
    half = store() / f".{SCALED_OBJECTS}"
    shutil.copyfile(Path(told["Dir"]) / _KEDA_FILE, half)
    half.rename(store() / SCALED_OBJECTS)


def _run(command: list[str]) -> str:
    """What the command says. Raises NoTools with its complaint."""
    # The toolchain of the machine: another one would be fetched.
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    done = subprocess.run(  # noqa: S603 - our own arguments
        command, cwd=HERE, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoTools(f"{' '.join(command)} failed in {HERE}:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def _forget_old() -> None:
    for other in store().parent.iterdir():
        if other.is_dir() and other != store():
            shutil.rmtree(other)
