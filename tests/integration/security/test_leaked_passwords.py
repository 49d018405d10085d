"""Lists of leaked passwords as files: both layouts, large ones, and those that are none."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from libs.common.security.leaked import MAX_PLAIN_BYTES, LeakedListBroken, opened
from libs.common.settings import Environment
from services.projects.settings import ProjectsSettings


def _sha1(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def _hashed(path: Path, passwords: list[str], *, end: str = "\n", count: str = ":{}") -> Path:
    chance = random.Random(7)
    lines = sorted(_sha1(password) for password in passwords)
    text = end.join(line + count.format(chance.randrange(1, 10 ** chance.randrange(1, 9))) for line in lines)
    path.write_bytes((text + end).encode())
    return path


@pytest.mark.parametrize(("end", "count"), [("\n", ":{}"), ("\r\n", ":{}"), ("\n", "")])
@pytest.mark.parametrize("number", [1, 2, 3, 5_000])
def test_each_password_of_the_list_is_found_and_no_other(
    tmp_path: Path, number: int, end: str, count: str
) -> None:
    known = [f"leaked-{n}" for n in range(number)]
    found = opened(_hashed(tmp_path / "list", known, end=end, count=count))
    assert found.is_hashed
    for password in known[:: max(1, number // 500)]:
        assert found.holds(password)
        assert not found.holds(f"{password}-not")
    # The first and the last of the file, and what would stand before and behind all.
    lines = sorted((_sha1(password), password) for password in known)
    assert found.holds(lines[0][1])
    assert found.holds(lines[-1][1])
    assert not found.holds(next(f"x{n}" for n in range(10**6) if _sha1(f"x{n}") < lines[0][0]))
    assert not found.holds(next(f"x{n}" for n in range(10**6) if _sha1(f"x{n}") > lines[-1][0]))


def test_list_of_any_size_costs_some_reads_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = opened(_hashed(tmp_path / "list", [f"leaked-{n}" for n in range(100_000)]))
    pread, reads = os.pread, []

    def counted(descriptor: int, size: int, offset: int) -> bytes:
        reads.append(size)
        return pread(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", counted)
    assert found.holds("leaked-77777")
    assert not found.holds("strong-77777")
    # Two a step: where the line begins, and the line. 100,000 lines are 17 steps.
    assert len(reads) <= 2 * 2 * 18
    assert max(reads) <= 64


def test_plain_list_is_asked_whatever_the_case(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes("\ufeffGeheim-2026\r\n\r\n九宫山Fengdian1\r\n".encode())
    found = opened(path)
    assert not found.is_hashed
    assert found.holds("Geheim-2026")
    assert found.holds("gEHEIM-2026")
    assert found.holds("九宫山Fengdian1")
    assert not found.holds("Geheim-202")
    assert not found.holds("")
    # A list that is replaced counts at once.
    path.write_text("another-one\n", encoding="utf-8")
    assert not found.holds("Geheim-2026")
    assert found.holds("another-one")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"", "holds no password"),
        (b"\n\n", "holds no password"),
        (b"\xff\xfe\x00", "no UTF-8 text, at byte 0"),
        (b"geheim\n" * (MAX_PLAIN_BYTES // 7 + 1), "a plain list has at most"),
        (b"8846F7EAEE8FB117AD06BDD830B7586C:7\n", "other hashes than SHA1"),
        (f"{'B' * 40}:1\n{'A' * 40}:1\n".encode(), "not in the order of its hashes, at byte 43"),
        (f"{'A' * 40}:1\n{'A' * 40}:1\n".encode(), "not in the order of its hashes, at byte 43"),
        (f"{'A' * 40}:1\nB{'A' * 20}".encode(), "no line of SHA1:count at byte 43"),
        (f"{'A' * 40}:1\n\n".encode(), "no line of SHA1:count at byte 43"),
        (f"{'A' * 40}:1\n<html>\n".encode(), "no line of SHA1:count at byte 43"),
    ],
)
def test_settings_name_the_file_and_what_is_wrong_when_it_is_no_list(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    path = tmp_path / "list"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValidationError) as refused:
        ProjectsSettings(
            environment=Environment.LOCAL,
            database_dsn=SecretStr("postgresql://a:b@c/d"),
            kafka_bootstrap="k:1",
            leaked_passwords=path,
        )
    ((fault),) = refused.value.errors()
    assert fault["loc"] == ("leaked_passwords",)
    assert str(path) in fault["msg"]
    assert told in fault["msg"]


def test_order_is_looked_at_all_over_a_large_list(tmp_path: Path) -> None:
    path = _hashed(tmp_path / "list", [f"leaked-{n}" for n in range(20_000)])
    lines = path.read_text(encoding="ascii").splitlines()
    assert opened(path).is_hashed
    path.write_text("\n".join([*lines[:9_000], *reversed(lines[9_000:12_000]), *lines[12_000:]]), encoding="ascii")
    with pytest.raises(LeakedListBroken, match="not in the order"):
        opened(path)


def test_list_that_is_cut_short_in_use_is_an_error_and_no_end_of_the_process(tmp_path: Path) -> None:
    path = _hashed(tmp_path / "list", [f"leaked-{n}" for n in range(2_000)])
    found = opened(path)
    os.truncate(path, path.stat().st_size // 2 + 11)
    last = path.read_text(encoding="ascii").splitlines()[-1]
    after = next(f"x{n}" for n in range(10**6) if _sha1(f"x{n}") > last + "Z")
    with pytest.raises(LeakedListBroken, match="no line of SHA1:count"):
        found.holds(after)
    path.unlink()
    with pytest.raises(OSError, match="No such file"):
        found.holds("leaked-1")
