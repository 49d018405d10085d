"""Starts the live feed: the fast clock, the script, the key, and a clean end on a signal."""

from __future__ import annotations

import asyncio
import signal

from rich.console import Console

from deploy.demo.client import DemoClient
from deploy.demo.feed import FastClock, Feed, PositionFile, begin
from deploy.demo.receipts import ReceiptFile
from deploy.demo.script import ZONE, Batch, LiveScript
from deploy.demo.stack import DemoError, Stack, read_json
from deploy.demo.transport import Transport
from deploy.demo.world import METERS, SEED, SOURCE, curves
from libs.common.clock import FileClock

# Short, so that a signal is noticed soon; an unacknowledged body is repeated without end anyway.
_PATIENCE = 5.0


async def run_feed(stack: Stack, console: Console, *, speed: float, minutes: float | None) -> None:
    """Feed until a signal or for `minutes` of real time. Raises DemoError when it cannot begin."""
    with stack.only_one("feed"), FastClock(stack, speed):
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sent in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sent, stop.set)
        if minutes is not None:
            loop.call_later(minutes * 60, stop.set)
        clock = FileClock(stack.clock_file)
        positions = PositionFile(stack)
        position, given_up = begin(positions.read(), clock.now())
        positions.write(position)
        if given_up:
            console.print(f"The feed was away for {given_up} slots; they stay missing, the script begins anew.")
        assert position.script_from is not None
        transport = Transport(stack.urls(), api_key=_key(stack), patience=_PATIENCE)
        client, receipts = DemoClient(transport), ReceiptFile(stack)

        async def send(batch: Batch, /) -> None:
            receipts.add(batch.name, await client.post_readings(METERS, batch, SOURCE))

        def say(text: str) -> None:
            console.print(f"{clock.now().astimezone(ZONE):%m-%d %H:%M:%S} {text}", highlight=False)

        say(f"feeding {len(METERS)} meters at {speed:g} times real time")
        try:
            script = LiveScript(METERS, curves(), position.script_from, seed=SEED)
            feed = Feed(clock, script, send, position=position, keep=positions.write, say=say)
            await feed.run(stop)
        finally:
            await transport.close()


def _key(stack: Stack) -> str:
    note = read_json(stack.notes / "feed-key.json")
    if note is None:
        raise DemoError("The feed has no key yet; load the demo's data first: python -m deploy.demo load")
    return str(note["key"])
