"""Apache Kafka's jars: resolved from Maven by `jgo`, accepted only if they are the ones in kafka-jars.txt.

`python -m deploy.local.kafka_jars fetch` gets them; `… lock` rewrites the list after a change of version.
DUBAN_MAVEN_REPOSITORY names a mirror; whatever it sends has to be what the list says.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext
from jgo.parse import Endpoint

from deploy.local.errors import StackError

KAFKA_VERSION = "4.3.1"
# Kafka's own binding is log4j; slf4j-simple needs no file of settings and writes where the supervisor reads.
COORDINATES = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
LIST = Path(__file__).with_name("kafka-jars.txt")
_ATTEMPTS = 3
_SYSTEM_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True)
class Jar:
    coordinates: str  # group:artifact
    version: str
    sha256: str
    filename: str


def store() -> Path:
    """Beside the environment that runs us, so that every stack of a checkout shares one copy."""
    return Path(sys.prefix) / "share" / "duban" / f"kafka-{KAFKA_VERSION}"


def listed() -> list[Jar]:
    rows = [line.split() for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return [Jar(*row) for row in rows]


def kafka_jars(report: Callable[[str], None] = print) -> list[Path]:
    """Every listed jar, verified; fetched first when one is absent or damaged. Raises StackError."""
    directory = store()
    paths = [directory / jar.filename for jar in listed()]
    if _verified(directory):
        return paths
    directory.parent.mkdir(parents=True, exist_ok=True)
    with (directory.parent / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two stacks started at once fetch once
        if not _verified(directory):
            report(f"Fetching Apache Kafka {KAFKA_VERSION} ({len(paths)} jars, 45 MB)")
            _fetch(directory)
    return paths


def _verified(directory: Path) -> bool:
    return all(
        (directory / jar.filename).exists() and _sha256(directory / jar.filename) == jar.sha256 for jar in listed()
    )


def _fetch(directory: Path) -> None:
    wanted = {jar.filename: jar for jar in listed()}
    temporary = directory.with_name(f"{directory.name}.new")
    for attempt in range(1, _ATTEMPTS + 1):
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            found = {path.name: path for path, _, _ in _resolve(temporary / "repository")}
            _compare(found, wanted)
            break
        except Exception as error:
            if attempt == _ATTEMPTS:
                raise StackError(
                    f"Apache Kafka {KAFKA_VERSION} could not be fetched: {error}",
                    "Check the network and start again; what is already there is kept.",
                ) from error
    directory.mkdir(exist_ok=True)
    for name, path in found.items():
        path.replace(directory / name)
    shutil.rmtree(temporary)


def _compare(found: dict[str, Path], wanted: dict[str, Jar]) -> None:
    if found.keys() != wanted.keys():
        raise StackError(f"Maven names other jars than the list: {sorted(found.keys() ^ wanted.keys())}")
    wrong = [name for name, path in found.items() if _sha256(path) != wanted[name].sha256]
    if wrong:
        raise StackError(f"these jars are not the listed ones: {', '.join(sorted(wrong))}")


def _resolve(repository: Path) -> list[tuple[Path, str, str]]:
    """Download all jars: (path, group:artifact, version). jgo's class path and module path together."""
    _trust_what_the_system_trusts()
    remote = os.environ.get("DUBAN_MAVEN_REPOSITORY") or MAVEN_CENTRAL_URL
    context = MavenContext(repo_cache=repository, remote_repos={"central": remote})
    roots = [
        context.create_dependency(replace(coordinate, scope="compile"))
        for coordinate in Endpoint.parse(COORDINATES).coordinates
    ]
    direct, transitive = context.resolver.resolve(roots)
    needed = [*direct, *(found for found in transitive if found.scope in {"compile", "runtime"})]
    artifacts = [dependency.artifact for dependency in needed]
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda artifact: Path(artifact.resolve()), artifacts))
    names = [(f"{artifact.groupId}:{artifact.artifactId}", artifact.version) for artifact in artifacts]
    return [(path, *name) for path, name in zip(paths, names, strict=True)]


def _trust_what_the_system_trusts() -> None:
    """Like pip: where a site's proxy signs for the world, its certificate is in the system's store only."""
    if os.environ.keys() & {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}:
        return
    candidates = (os.environ.get("SSL_CERT_FILE"), *_SYSTEM_CERTIFICATES)
    bundle = next((path for path in candidates if path and Path(path).is_file()), None)
    if bundle:
        os.environ["REQUESTS_CA_BUNDLE"] = bundle


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lock() -> None:
    """Resolve afresh and rewrite the list."""
    temporary = store().with_name("kafka.relock")
    rows = sorted(
        f"{name} {version} {_sha256(path)} {path.name}"
        for path, name, version in _resolve(temporary / "repository")
    )
    header = f"# The jars of {COORDINATES}: group:artifact version sha256 file\n"
    LIST.write_text(header + "\n".join(rows) + "\n")
    shutil.rmtree(temporary)


def main() -> None:
    match sys.argv[1:]:
        case ["fetch"]:
            kafka_jars()
        case ["lock"]:
            lock()
        case _:
            sys.exit("usage: python -m deploy.local.kafka_jars fetch|lock")


if __name__ == "__main__":
    try:
        main()
    except StackError as failure:
        sys.exit(f"{failure.message}\n{failure.advice}".strip())
