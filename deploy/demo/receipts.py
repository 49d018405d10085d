"""The last receipts of the feed, so that the story can ask the energy service about them."""

from __future__ import annotations

from deploy.demo.stack import Stack, read_json, write_private

# A little over a day of slots and their extra bodies.
_KEPT = 120


class ReceiptFile:
    """Receipt ids by the names of their bodies, newest last."""

    def __init__(self, stack: Stack) -> None:
        self._path = stack.notes / "receipts.json"

    def add(self, name: str, receipt_id: str) -> None:
        kept = {key: value for key, value in self._read().items() if key != name}
        kept[name] = receipt_id
        write_private(self._path, dict(list(kept.items())[-_KEPT:]))

    def find(self, name: str) -> str | None:
        return self._read().get(name)

    def _read(self) -> dict[str, str]:
        return read_json(self._path) or {}
