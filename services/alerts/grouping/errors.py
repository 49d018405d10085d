"""What can go wrong around digests."""

from __future__ import annotations

from libs.common.web.problems import NotFound


class DigestNotFound(NotFound):
    """No digest with this id that the caller may see."""

    code = "digest.not_found"
