"""The suites' programs, built by Go from the Alertmanager's repository as its project builds them."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

# Folder of the tests below the checkout, by the suite's name here.
SUITES = {"api": "test/with_api_v2/acceptance", "amtool": "test/cli/acceptance"}
_VERSION = "github.com/prometheus/common/version"


class CannotBuild(Exception):
    """What is missing, in a line."""


@dataclass(frozen=True)
class Built:
    """The unpacked sources and the version they say they are; a suite lies in its folder as ``suite.test``."""

    root: Path
    version: str
    revision: str

    def folder(self, suite: str) -> Path:
        return self.root / SUITES[suite]


def build(source: Path, target: Path) -> Built:
    """Unpack ``source`` (a checkout or its git directory) at its HEAD into ``target`` and build there.

    Modules come from where Go is set up to fetch them, or from its cache. Raises CannotBuild.
    """
    if shutil.which("go") is None:
        raise CannotBuild("Go is needed (the version that the repository's go.mod names) and is not on the path")
    revision = unpack(source, target, wants="test/with_api_v2/acceptance/api_test.go")
    version = (target / "VERSION").read_text(encoding="utf-8").strip()
    # amtool is asked for its version by a test: without these flags it has none, whoever it talks to.
    flags = f"-X {_VERSION}.Version={version} -X {_VERSION}.Revision={revision} -X {_VERSION}.Branch=HEAD"
    go(target, "build", "-ldflags", flags, "-o", "amtool", "./cmd/amtool")
    for folder in SUITES.values():
        go(target, "test", "-c", "-o", str(target / folder / "suite.test"), f"./{folder}")
    return Built(target, version, revision)


def unpack(source: Path, target: Path, *, wants: str) -> str:
    """The files of the HEAD of ``source``; answers its revision. Raises CannotBuild."""
    try:
        revision = _git(source, "rev-parse", "HEAD").decode().strip()
        archive = _git(source, "archive", "--format=tar", "HEAD")
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotBuild(f"{source} is no git repository that can be read: {error}") from error
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(target, filter="data")
    if not (target / wants).exists():
        raise CannotBuild(f"{source} holds no {wants}: another repository, or another time of it")
    return revision


def go(root: Path, *arguments: str) -> None:
    """Raises CannotBuild with what Go says."""
    done = subprocess.run(
        ["go", *arguments], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotBuild(f"go {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-3000:]}")


def _git(source: Path, *arguments: str) -> bytes:
    inside = ["-C", str(source)] if (source / ".git").exists() else ["--git-dir", str(source)]
    done = subprocess.run(["git", *inside, *arguments], capture_output=True, check=True)
    return done.stdout
