"""`python -m deploy.demo load | feed | story --stack FILE`: the demo as a client of the three services."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from deploy.demo.live import run_feed
from deploy.demo.load import load as load_data
from deploy.demo.stack import DemoError, Stack
from deploy.demo.story import tell
from deploy.demo.texts import Language
from deploy.demo.transport import ApiError, Unreachable
from libs.common.clock import ClockFileError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console()

StackOption = Annotated[Path, typer.Option("--stack", help="The stack.json of a running stack.")]


@app.command()
def load(stack: StackOption) -> None:
    """Load the demo's data; what is there already stays as it is."""
    _run(load_data(Stack(stack.resolve()), console))


@app.command()
def feed(
    stack: StackOption,
    speed: Annotated[float, typer.Option(min=0.1, max=3600, help="Stack seconds in a real second.")] = 60.0,
    minutes: Annotated[float | None, typer.Option(min=0, help="End after so many real minutes.")] = None,
) -> None:
    """Send live readings until Ctrl-C, and run the stack's clock at the given speed meanwhile."""
    _run(run_feed(Stack(stack.resolve()), console, speed=speed, minutes=minutes))


@app.command()
def story(
    stack: StackOption,
    lang: Annotated[Language, typer.Option(help="Language of the story.")] = Language.BOTH,
    wait: Annotated[float, typer.Option(min=0, help="Wait at most so many real seconds.")] = 240.0,
) -> None:
    """Wait for the first spike's alert and its escalation, and print its whole story."""
    _run(tell(Stack(stack.resolve()), console, language=lang, wait=wait))


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except* (DemoError, ApiError, Unreachable, ClockFileError) as group:
        for error in _leaves(group):
            console.print(f"[red]{type(error).__name__}[/red]: {error}", highlight=False, markup=True)
        raise typer.Exit(1) from None
    except* KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for error in group.exceptions:
        leaves += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return leaves


if __name__ == "__main__":
    app()
