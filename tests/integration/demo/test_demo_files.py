"""What the demo keeps on disk: logins, its position, the mailbox it reads."""

import json
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from deploy.demo.feed import FastClock, Position, PositionFile
from deploy.demo.mailbox import letters
from deploy.demo.receipts import ReceiptFile
from deploy.demo.script import ZONE
from deploy.demo.stack import DemoError, Login, Stack
from libs.common.clock import read_clock, write_clock

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=ZONE)


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    body = {
        "projects": "http://127.0.0.1:8200",
        "energy": "http://127.0.0.1:8201",
        "alerts": "http://127.0.0.1:8202",
        "logins": [{"role": "admin", "username": "admin", "password": "x"}],
    }
    (tmp_path / "stack.json").write_text(json.dumps(body))
    write_clock(tmp_path / "clock.json", NOON, 1.0)
    return Stack(tmp_path / "stack.json")


def test_a_login_is_added_once_and_read_by_its_owner_alone(stack: Stack) -> None:
    stack.add_login(Login("viewer", "demo-viewer", "one"))
    stack.add_login(Login("viewer", "demo-viewer", "two"))
    assert [login.password for login in stack.logins() if login.role == "viewer"] == ["two"]
    assert stack.login("admin").username == "admin"
    assert stat.S_IMODE(stack.file.stat().st_mode) == 0o600
    assert stack.urls()["energy"] == "http://127.0.0.1:8201"


def test_a_stack_that_is_not_there_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="duban up"):
        Stack(tmp_path / "stack.json").urls()


def test_hooks_lie_at_the_stacks_own_receiver(stack: Stack) -> None:
    assert stack.hook_url("officer") == "http://127.0.0.1:8208/hooks/officer"
    (stack.directory / "settings.json").write_text('{"port_base": 9000}')
    assert stack.hook_url("officer") == "http://127.0.0.1:9008/hooks/officer"


def test_one_feed_at_a_time(stack: Stack) -> None:
    with stack.only_one("feed"):
        with pytest.raises(DemoError, match="Another feed"), stack.only_one("feed"):
            pass
        with stack.only_one("load"):
            pass
    with stack.only_one("feed"):
        pass


def test_the_position_survives(stack: Stack) -> None:
    positions = PositionFile(stack)
    assert positions.read() is None
    for position in (Position(NOON), Position(NOON + timedelta(minutes=15), NOON)):
        positions.write(position)
        assert positions.read() == position


def test_the_newest_receipts_are_kept(stack: Stack) -> None:
    receipts = ReceiptFile(stack)
    for number in range(130):
        receipts.add(f"slot-{number}", f"r{number}")
    receipts.add("slot-129", "again")
    assert receipts.find("slot-129") == "again"
    assert receipts.find("slot-0") is None


def test_the_clock_is_fast_while_the_feed_runs(stack: Stack) -> None:
    with FastClock(stack, 60.0):
        assert read_clock(stack.clock_file).rate == 60.0
    assert read_clock(stack.clock_file).rate == 1.0


def test_a_stopped_clock_is_left_alone(stack: Stack) -> None:
    with FastClock(stack, 60.0):
        write_clock(stack.clock_file, NOON, 0.0)
    assert read_clock(stack.clock_file).rate == 0.0
    with pytest.raises(DemoError, match="stands still"), FastClock(stack, 60.0):
        pass


def test_letters_of_a_delivery_are_found(tmp_path: Path) -> None:
    hook = {"stack_time": NOON.isoformat(), "headers": {"webhook-id": "0192-a"}}
    (tmp_path / "1-webhook.json").write_text(json.dumps(hook))
    (tmp_path / "2-mail.eml").write_text(
        f"X-Stack-Time: {NOON.isoformat()}\r\nMessage-ID: <0192-b@duban>\r\n\r\n0192-a in the text only"
    )
    (tmp_path / "3-mail.eml").write_text("Message-ID: <0192-c@duban>\r\n\r\n")
    [webhook] = letters(tmp_path, "0192-a")
    [mail] = letters(tmp_path, "0192-b")
    assert (webhook.kind, webhook.stack_time) == ("webhook", NOON)
    assert (mail.kind, mail.stack_time) == ("mail", NOON)
    assert letters(tmp_path, "0192-d") == []
    [unstamped] = letters(tmp_path, "0192-c")
    assert unstamped.stack_time is None
