"""Papers as Word documents and as pages to print, by what the caller accepts."""

from collections.abc import Sequence

from services.projects.instructions.domain.paper import Paper
from services.projects.instructions.printing.html import render_html
from services.projects.instructions.printing.word import render_word

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html"
PDF = "application/pdf"
MEDIA_TYPES = (DOCX, HTML)


def render(paper: Paper, media_type: str) -> bytes:
    """The paper in one of MEDIA_TYPES."""
    return render_html(paper).encode() if media_type == HTML else render_word(paper)


def choose(accept: str | None, offered: Sequence[str] = MEDIA_TYPES) -> str | None:
    """Which one an ``Accept`` header prefers (RFC 9110, 12.5.1), the first where it does not care.

    None when it takes none of them.
    """
    if accept is None or not accept.strip():
        return offered[0]
    weights = {media_type: _weight(accept, media_type) for media_type in offered}
    best = max(offered, key=lambda media_type: weights[media_type])
    return best if weights[best] > 0 else None


def _weight(accept: str, media_type: str) -> float:
    major = media_type.partition("/")[0]
    # The narrowest range that fits decides.
    narrowness, weight = -1, 0.0
    for part in accept.split(",")[:32]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        rank = {"*/*": 0, f"{major}/*": 1, media_type: 2}.get(name, -1)
        if rank > narrowness:
            narrowness, weight = rank, _q(parameters)
    return weight


def _q(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
