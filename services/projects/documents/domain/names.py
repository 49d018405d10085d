"""Names of files: what a caller sends is never trusted as a path, and shows honestly what the file is."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from services.projects.documents.domain.kinds import KINDS, FileKind

MAX_NAME = 180
_NAMELESS = "document"
# Separators, what Windows refuses in names, and quotes that would end a header's parameter.
_FORBIDDEN = re.compile(r'[<>:"|?*\\/]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._ -]")


def safe_name(given: str, kind: FileKind) -> str:
    """The name under which the file is kept: no path, nothing invisible, and an extension of its kind.

    ``../合同.PDF`` is ``合同.PDF``; ``permit.pdf.exe`` of a PDF is ``permit.pdf.exe.pdf``. Never empty, at most
    180 characters.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", given))[-1]
    # Controls, and the marks that turn the reading direction and make fdp.exe look like exe.pdf.
    line = " ".join(last.split())
    visible = "".join(char for char in line if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    name = _FORBIDDEN.sub("_", " ".join(visible.split())).strip(" .")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    stem, dot, extension = name.rpartition(".")
    if not dot or extension.lower() not in KINDS[kind].extensions:
        stem, extension = name, KINDS[kind].extensions[0]
    room = MAX_NAME - len(extension) - 1
    return f"{stem.strip(' .')[:room].rstrip(' .') or _NAMELESS}.{extension}"


def title_of(name: str) -> str:
    """The title of a document that was given none: its name without the extension."""
    return name.rpartition(".")[0]


def disposition(name: str) -> str:
    """Content-Disposition with the name in plain ASCII and, as RFC 5987 writes it, in full."""
    plain = _NOT_PLAIN.sub("_", unicodedata.normalize("NFKD", name))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
