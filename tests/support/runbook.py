"""The runbook as a stranger plays it: the commands of a section, given to a shell as they stand."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("runbook.md", "runbook.zh-CN.md")
_SECTION = re.compile(r'<a id="([a-z-]+)"></a>\n')
_BLOCK = re.compile(r"```sh(?: needs=(\w+))?\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Commands; ``needs`` is what the reader has to fill in before."""

    needs: str | None
    commands: str


def sections(page: str = PAGES[0]) -> dict[str, list[Block]]:
    """The blocks of each section by its anchor; "" is what stands before the first."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    names = ["", *_SECTION.findall(text)]
    parts = [part for part in _SECTION.split(text) if part not in names or part == ""]
    assert len(names) == len(parts)
    return {
        name: [Block(needs or None, commands) for needs, commands in _BLOCK.findall(part)]
        for name, part in zip(names, parts, strict=True)
    }


def play(blocks: list[Block], directory: Path, filled: Mapping[str, str] | None = None) -> str:
    """Run what can be run with what is filled in, stopping at the first failure; what was said."""
    given = dict(filled or {})
    said = ""
    scripts = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{ROOT / 'bin'}:{scripts}:{os.environ['PATH']}",
        "DUBAN_DATA": str(directory),
        "USER": "on duty",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        **given,
    }
    for block in blocks:
        if block.needs is not None and block.needs not in given:
            continue
        done = subprocess.run(
            ["sh", "-e", "-c", block.commands],
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        said += done.stdout
        assert done.returncode == 0, (
            f"{block.commands}\nended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
    return said
