"""Why a part of a rule cannot work, for its author: a stable code, what it mentions, and where."""

from __future__ import annotations


class Refused(ValueError):
    """``code`` names a message (``rule.fault.<code>``), ``params`` its figures; ``position`` counts from 0."""

    def __init__(self, code: str, position: int | None = None, **params: object) -> None:
        super().__init__(f"{code} {params} at {position}")
        self.code = code
        self.position = position
        self.params = params
