"""``python -m deploy.supply licences|holes|sbom FILE``: what is checked and written of all packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.supply.components import ROOT, components
from deploy.supply.licences import refused
from deploy.supply.sbom import bill

# What pip-audit says where nobody answers it.
_UNREACHABLE: Final = ("ConnectionError", "Failed to establish", "Max retries exceeded", "ConnectTimeout")


def main(arguments: list[str]) -> int:
    """0: done, 1: a licence is not allowed or a hole is known, 2: a wrong call."""
    match arguments:
        case ["licences"]:
            faults = refused(components())
            sys.stdout.write("".join(f"{fault}\n" for fault in faults) or "Every licence is allowed.\n")
            return 1 if faults else 0
        case ["holes"]:
            return _ask_for_holes()
        case ["sbom", file]:
            target = Path(file)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(bill(components(), _revision()) + "\n", encoding="utf-8")
            sys.stdout.write(f"{target}\n")
            return 0
        case _:
            sys.stderr.write("usage: python -m deploy.supply licences | holes | sbom FILE\n")
            return 2


def _ask_for_holes() -> int:
    """Known vulnerabilities of what runs; a site without a way out learns that nothing was checked."""
    tool = Path(sys.executable).parent / "pip-audit"
    asked = [str(tool), "--require-hashes", "-r", str(ROOT / "requirements" / "runtime.txt")]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - our own tool and lock
    if told.returncode and any(word in told.stderr for word in _UNREACHABLE):
        sys.stderr.write("NOT CHECKED for known vulnerabilities: their list cannot be reached from here.\n")
        return 0
    sys.stdout.write(told.stdout)
    sys.stderr.write(told.stderr)
    return told.returncode


def _revision() -> str:
    asked = ["git", "describe", "--always", "--dirty"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
