"""The packages of the locks: Python's, the page's, and Kafka's jars."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHON_LOCK: Final = ROOT / "requirements" / "local.txt"
PAGE_LOCK: Final = ROOT / "services" / "console" / "web" / "package-lock.json"
JARS: Final = ROOT / "deploy" / "local" / "kafka-jars.txt"

_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)
# Words by which packages name a licence without an SPDX identifier.
_WORDS: Final = {
    "Apache Software License": "Apache-2.0",
    "Apache 2": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only WITH Classpath-exception-2.0",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
}
# Of a platform that this machine is not: there is nothing installed to ask.
_ELSEWHERE: Final = {"colorama": "BSD-3-Clause"}


@dataclass(frozen=True, slots=True)
class Component:
    """``kind`` is that of a package URL: ``pypi``, ``npm`` or ``maven``; ``licence`` is empty where none is told.

    ``is_shipped`` is false for what only builds or checks.
    """

    kind: str
    name: str
    version: str
    licence: str
    is_shipped: bool = True
    sha256: str | None = None

    @property
    def purl(self) -> str:
        name = self.name.replace(":", "/").replace("@", "%40")
        return f"pkg:{self.kind}/{name}@{self.version}"


def components() -> list[Component]:
    """All of them, each once, in order."""
    found = {one.purl: one for one in (*_python(), *_page(), *_jars())}
    return [found[purl] for purl in sorted(found)]


def _python() -> Iterator[Component]:
    for name, version in _PINNED.findall(PYTHON_LOCK.read_text(encoding="utf-8")):
        try:
            told = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            yield Component("pypi", name, version, _ELSEWHERE.get(name, ""))
            continue
        yield Component("pypi", name, version, _licence(told))


def _licence(told: metadata.PackageMetadata) -> str:
    """The SPDX expression; of several classifiers the receiver may choose."""
    if "License-Expression" in told:
        return told["License-Expression"]
    classifiers = [
        line.rpartition(" :: ")[2] for line in told.get_all("Classifier", []) if line.startswith("License ::")
    ]
    known = sorted({_WORDS[word] for word in classifiers if word in _WORDS})
    if known:
        return " OR ".join(known)
    text = told["License"].strip() if "License" in told else ""
    if "\n" in text or len(text) > 60:
        return "MIT" if "Permission is hereby granted, free of charge" in text else ""
    return _WORDS.get(text, text)


def _page() -> Iterator[Component]:
    packages = json.loads(PAGE_LOCK.read_text(encoding="utf-8"))["packages"]
    for path, facts in packages.items():
        if path:
            name = path.rpartition("node_modules/")[2]
            licence = str(facts.get("license", "")).strip("()")
            yield Component("npm", name, facts["version"], licence, is_shipped=not facts.get("dev", False))


def _jars() -> Iterator[Component]:
    for line in JARS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, version, digest, _file = line.split()
            yield Component("maven", name, version, "", sha256=digest)
