"""PDFs set by Typst with the fonts of a package: nothing of the machine is used, nothing fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as fonts
import typst


@cache
def font_book() -> typst.Fonts:
    """Read once: the files are 20 MB."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts.serif_path().parent)]
    )


def typeset(layout: Path, data: Mapping[str, Any], made_on: date) -> bytes:
    """The same bytes for the same data, for the archive (PDF/A-2b): fonts embedded as far as they are used."""
    return typst.compile(
        layout.read_bytes(),
        format="pdf",
        font_paths=font_book(),
        ignore_system_fonts=True,
        # As values, not as source: nothing in a text is read as markup.
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=datetime.combine(made_on, time(), tzinfo=UTC),
        pdf_standards="a-2b",
    )
