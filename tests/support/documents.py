"""Writes the published contracts: ``python -m tests.support.documents`` after a change of an API or an event.

The same functions feed the test that fails when the committed documents drift from the code.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from libs.common.contracts.asyncapi import build_asyncapi

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("projects", "energy", "alerts")
VERSION = "0.1.0"


def documents() -> dict[Path, str]:
    """Path below the repository → text of every published contract."""
    texts = {Path("docs/asyncapi/duban.json"): _dump(build_asyncapi(VERSION))}
    for service in SERVICES:
        api = importlib.import_module(f"services.{service}.api")
        texts[Path(f"docs/openapi/{service}.json")] = _dump(api.openapi_document())
    return texts


def _dump(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def main() -> int:
    for path, text in documents().items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
