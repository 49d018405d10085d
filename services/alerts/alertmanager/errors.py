"""Refusals in the words of the Alertmanager's clients."""

from __future__ import annotations


class Refusal(Exception):
    """What is answered: a status and a body that is written as JSON; None writes no body at all."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(body)
        self.status = status
        self.body = body


def bad_request(text: str) -> Refusal:
    """A request that is understood and makes no sense: the body is a plain JSON string."""
    return Refusal(400, text)


def not_found() -> Refusal:
    return Refusal(404, None)


def unprocessable(text: str, code: int = 602) -> Refusal:
    """A body that does not fit the schema."""
    return Refusal(422, {"code": code, "message": text})
