"""The statement that is signed: canonical, so that whoever has it computes the same digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest_of(statement: Mapping[str, Any]) -> str:
    """``sha256:…`` of the statement as JSON with sorted keys and no spaces, in UTF-8."""
    canonical = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
