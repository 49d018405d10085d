"""The built page: hashed files that may be kept for ever, and an index that is never kept."""

import re
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path
from secrets import token_urlsafe

from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.datastructures import Headers

INDEX = "index.html"
_NONCE = "__CSP_NONCE__"
# The name of a file that changes whenever its content does.
_HASHED = re.compile(r"^assets/[\w.-]+-[\w-]{8,}\.\w+$")
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
# The best first; written beside the plain file by the build.
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}
# Scripts come from files of ours alone; the component library writes its styles under a nonce; frames,
# plug-ins, foreign images and foreign addresses are shut.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'"
)
_PAGE_HEADERS = {
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    media_type: str
    encodings: tuple[tuple[str, Path], ...]


class Site:
    """The files below ``directory`` as they were when this was made; a new build is a new process.

    Raises FileNotFoundError when there is no index.
    """

    def __init__(self, directory: Path) -> None:
        self._index = (directory / INDEX).read_text(encoding="utf-8")
        self._files = {
            path.relative_to(directory).as_posix(): _kept(path)
            for path in sorted(directory.rglob("*"))
            if path.is_file() and path.name != INDEX and path.suffix not in {".br", ".gz"}
        }

    def answer(self, path: str, headers: Headers) -> Response | None:
        """A file of the build, or the index for an address of the page's own; None for a file it lacks."""
        kept = self._files.get(path)
        if kept is not None:
            return _file(path, kept, headers.get("accept-encoding", ""))
        # Addresses of the page have no dot; a script of an older build must be a plain 404, not an index.
        return None if "." in path.rpartition("/")[2] else self._page()

    def _page(self) -> Response:
        nonce = token_urlsafe(16)
        policy = {"Content-Security-Policy": _POLICY.format(nonce=nonce), "Cache-Control": "no-store"}
        return HTMLResponse(self._index.replace(_NONCE, nonce), headers=policy | _PAGE_HEADERS)


def _kept(path: Path) -> _Kept:
    media_type = _TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
    beside = ((name, path.with_name(path.name + suffix)) for name, suffix in _ENCODINGS)
    return _Kept(path, media_type, tuple((name, file) for name, file in beside if file.is_file()))


def _file(path: str, kept: _Kept, accepted: str) -> Response:
    headers = {"Cache-Control": _FOR_EVER if _HASHED.match(path) else _ASK_AGAIN, "Vary": "Accept-Encoding"}
    if path == "service-worker.js":
        # What the worker may do is the page's own policy: it fetches from here only.
        headers["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; connect-src 'self'"
    wanted = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
    for encoding, file in kept.encodings:
        if encoding in wanted:
            headers["Content-Encoding"] = encoding
            return FileResponse(file, media_type=kept.media_type, headers=headers)
    return FileResponse(kept.path, media_type=kept.media_type, headers=headers)
