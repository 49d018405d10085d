"""The processes' log files: one each, cut when they grow large, shown by `duban logs`."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

ROTATE_AT_BYTES = 20 * 1024 * 1024
_LAST_BYTES = 256 * 1024


def rotate(directory: Path, limit: int = ROTATE_AT_BYTES) -> None:
    """Keep one older part of each file. The writers append, so emptying the file under them is safe."""
    for path in directory.glob("*.log"):
        if path.stat().st_size > limit:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            with path.open("r+b") as file:
                file.truncate()


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines; none when there is no such file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LAST_BYTES))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []


class Follower:
    """Reads what is written to files from now on; a file that is cut is read from its start."""

    def __init__(self, paths: list[Path]) -> None:
        self._positions = {path: path.stat().st_size if path.exists() else 0 for path in paths}
        self._partial = dict.fromkeys(paths, "")

    def new_lines(self) -> list[tuple[str, str]]:
        """(process, line) for every line that was completed since the last call."""
        found: list[tuple[str, str]] = []
        for path, position in self._positions.items():
            if not path.exists():
                continue
            with path.open("rb") as file:
                file.seek(position if path.stat().st_size >= position else 0)
                text = self._partial[path] + file.read().decode(errors="replace")
                self._positions[path] = file.tell()
            *lines, self._partial[path] = text.split("\n")
            found += ((path.stem, line) for line in lines)
        return found


def follow(paths: list[Path], every: float = 0.3) -> Iterator[tuple[str, str]]:
    """(process, line) for every line written from now on, for ever."""
    follower = Follower(paths)
    while True:
        yield from follower.new_lines()
        time.sleep(every)
