"""A watched folder: files that a utility's SFTP server or a person drops, each delivered once.

    <folder>/            senders write here; a file counts once it was renamed or has not changed for a while
    <folder>/processing  claimed by a rename, which only one can win; what a killed process left is taken first
    <folder>/processed   delivered, with its receipt beside it: <name>.receipt.json
    <folder>/failed      refused, with the reason beside it: <name>.error.json

A file is moved on after its receipt stands. Killed in between, it is delivered again and gets the same receipt:
the same body from the same source is known for seven days, and equal values are stored once in any case.
"""

from __future__ import annotations

import asyncio
import fnmatch
import os
import stat
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from libs.common.scanner import Scanner
from libs.common.web.files import ScannerUnavailable, demand_clean
from libs.common.web.problems import BodyTooLarge, DomainError
from services.energy.feeds.tables import ReceiptRow
from services.energy.sources.domain.connection import FolderPlace
from services.energy.sources.intake import Intake

log = structlog.get_logger(__name__)

PROCESSING: Final = "processing"
PROCESSED: Final = "processed"
FAILED: Final = "failed"
_SCANNER_WAIT_SECONDS: Final = 2.0
# Names under which uploads are written before they are renamed.
_UNFINISHED: Final = (".tmp", ".part", ".partial", ".filepart", ".writing", ".swp")

Look = tuple[int, int]


@dataclass(slots=True)
class FolderFeed:
    """``root``: the site's folder of feeds. One process at a time runs a folder: the gateway sees to it."""

    root: Path
    place: FolderPlace
    intake: Intake
    poll_seconds: float
    max_bytes: int
    # The site's scanner, which every file is shown to; None where there is none.
    scanner: Scanner | None = None
    monotonic: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[Look, float]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.root / self.place.directory

    async def run(self, connected: Callable[[], Awaitable[None]]) -> None:
        """Watch until cancelled. Raises OSError when the folder cannot be used."""
        await asyncio.to_thread(self._prepare)
        await connected()
        while True:
            await self.look()
            await asyncio.sleep(self.poll_seconds)

    async def look(self) -> int:
        """Deliver what a killed process left, then what is ready; returns how many files were done."""
        done = 0
        for name in await asyncio.to_thread(self._left_behind):
            await self._deliver(name)
            done += 1
        for name in await asyncio.to_thread(self._ready):
            if await asyncio.to_thread(self._claim, name):
                await self._deliver(name)
                done += 1
        return done

    def _prepare(self) -> None:
        if not self.folder.resolve().is_relative_to(self.root.resolve()):
            raise OSError(f"{self.place.directory} leads out of the folder of feeds")
        for part in (PROCESSING, PROCESSED, FAILED):
            (self.folder / part).mkdir(parents=True, exist_ok=True)

    def _left_behind(self) -> list[str]:
        return sorted(entry.name for entry in os.scandir(self.folder / PROCESSING) if _is_file(entry))

    def _ready(self) -> list[str]:
        """Names of files that are complete, the oldest first."""
        now = self.monotonic()
        seen: dict[str, tuple[Look, float]] = {}
        ready = []
        for entry in os.scandir(self.folder):
            if not self._counts(entry):
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            look = (found.st_size, found.st_mtime_ns)
            before = self._seen.get(entry.name)
            since = now if before is None or before[0] != look else before[1]
            seen[entry.name] = (look, since)
            if now - since >= self.place.stable_seconds:
                ready.append((found.st_mtime_ns, entry.name))
        self._seen = seen
        return [name for _, name in sorted(ready)]

    def _counts(self, entry: os.DirEntry[str]) -> bool:
        name = entry.name
        if name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED):
            return False
        return _is_file(entry) and fnmatch.fnmatch(name, self.place.pattern)

    def _claim(self, name: str) -> bool:
        """Take the file out of the senders' reach; False when it is gone, or one of its name is still in work."""
        target = self.folder / PROCESSING / name
        if target.exists():
            return False
        try:
            (self.folder / name).rename(target)
        except FileNotFoundError:
            return False
        return True

    async def _deliver(self, name: str) -> None:
        path = self.folder / PROCESSING / name
        try:
            size = path.stat().st_size
            if size > self.max_bytes:
                too_large = BodyTooLarge(limit_bytes=self.max_bytes)
                await self.intake.refuse(b"", name, too_large)
                raise too_large
            body = await asyncio.to_thread(path.read_bytes)
            await self._show(body, name)
            receipt = await self.intake.deliver(body, name)
        except DomainError as error:
            log.warning("folder.refused", file=name, cause=str(error)[:300])
            await asyncio.to_thread(self._finish, name, FAILED, "error", self._error(error))
            return
        await asyncio.to_thread(self._finish, name, PROCESSED, "receipt", self._receipt(receipt))

    async def _show(self, body: bytes, name: str) -> None:
        """Show the file to the scanner, for as long as it takes. Raises MalwareFound, FileNotScannable."""
        while self.scanner is not None:
            try:
                await demand_clean(self.scanner, body, name=name, subject=self.intake.principal.subject)
            except ScannerUnavailable:
                await asyncio.sleep(_SCANNER_WAIT_SECONDS)
            except DomainError as error:
                # Among the receipts stands that it came; its bytes stay here, in the folder of what failed.
                await self.intake.refuse(b"", name, error)
                raise
            else:
                return

    def _finish(self, name: str, part: str, word: str, told: dict[str, Any]) -> None:
        """Put what is told beside the file's new place, then move the file."""
        folder = self.folder / part
        final = name
        number = 1
        while (folder / final).exists():
            number += 1
            stem, dot, suffix = name.rpartition(".")
            final = f"{stem}.{number}{dot}{suffix}" if stem else f"{name}.{number}"
        beside = folder / f"{final}.{word}.json"
        unfinished = folder / f".{final}.{word}.tmp"
        unfinished.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2, default=str))
        unfinished.replace(beside)
        (self.folder / PROCESSING / name).rename(folder / final)

    def _receipt(self, receipt: ReceiptRow) -> dict[str, Any]:
        return {
            "receipt_id": str(receipt.id),
            "received_at": receipt.received_at.isoformat(),
            "accepted": receipt.accepted,
            "quarantined": receipt.quarantined,
            "rejected": receipt.rejected,
            "rejections": [
                {**item, "message": self.intake.describe(item["code"], item["params"])}
                for item in receipt.rejections
            ],
        }

    def _error(self, error: DomainError) -> dict[str, Any]:
        return {
            "code": error.code,
            "message": self.intake.describe(error.code, error.params),
            "errors": [
                {
                    "pointer": fault.pointer,
                    "code": fault.code,
                    "params": dict(fault.params),
                    "message": self.intake.describe(fault.code, dict(fault.params)),
                }
                for fault in error.errors
            ],
        }


def _is_file(entry: os.DirEntry[str]) -> bool:
    # A link might lead to what is none of the sender's.
    return stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode)
