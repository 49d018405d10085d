"""Why what somebody wrote cannot work, for its author: a stable code, what it mentions, and where."""

from __future__ import annotations


class Refused(ValueError):
    """``code`` is the end of a message's (``rule.fault.<code>``), ``params`` its figures; ``position`` from 0."""

    def __init__(self, code: str, position: int | None = None, **params: object) -> None:
        super().__init__(f"{code} {params} at {position}")
        self.code = code
        self.position = position
        self.params = params
