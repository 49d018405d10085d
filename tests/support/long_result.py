"""Writes ``docs/long-run.md`` from the last ``make long``: what ran, on which revision, how it ended."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def outcome(case: ET.Element) -> str:
    for tag in ("failure", "error", "skipped"):
        if case.find(tag) is not None:
            return tag
    return "passed"


def figures(case: ET.Element) -> str:
    """What the test printed of its counts, on one line."""
    printed = case.findtext("system-out") or ""
    lines = [line.strip() for line in printed.splitlines() if line.startswith("seed ")]
    return "; ".join(lines)


def render(report: Path, revision: str) -> str:
    suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None, f"{report} holds no test suite"
    cases = suite.findall("testcase")
    ended = [outcome(case) for case in cases]
    lines = [
        "# The last long run",
        "",
        "Written by `make long`; committed with the revision it ran on.",
        "",
        f"Revision `{revision}`, started {suite.get('timestamp', '')[:19]}, "
        f"{float(suite.get('time', '0')):.0f} s: {ended.count('passed')} of {len(cases)} passed.",
        "",
        "| test | outcome | s | figures |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {case.get('name')} | {result} | {float(case.get('time', '0')):.0f} | {figures(case)} |"
        for case, result in zip(cases, ended, strict=True)
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    build = ROOT / "build"
    revision = (build / "long.revision").read_text(encoding="utf-8").strip()
    target = ROOT / "docs" / "long-run.md"
    target.write_text(render(build / "long.xml", revision), encoding="utf-8")
    sys.stdout.write(f"wrote {target.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
