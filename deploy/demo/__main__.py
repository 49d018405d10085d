"""`python -m deploy.demo load | feed | story --stack FILE`: the demo as a client of the three services."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from deploy.demo.live import run_feed
from deploy.demo.load import load as load_data
from deploy.demo.stack import DemoError, Stack
from deploy.demo.story import tell
from deploy.demo.texts import Language
from deploy.demo.transport import ApiError, Unreachable
from libs.common.clock import ClockFileError

# What the user can do something about; anything else is a fault of the demo and keeps its traceback.
_TOLD = (DemoError, ApiError, Unreachable, ClockFileError)

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
    wait: Annotated[float, typer.Option(min=0, help="Wait at most so many real seconds.")] = 600.0,
) -> None:
    """Wait for the first spike's alert and its escalation, and print its whole story."""
    _run(tell(Stack(stack.resolve()), console, language=lang, wait=wait))


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
    except (*_TOLD, BaseExceptionGroup) as error:
        told = _leaves(error)
        if not all(isinstance(leaf, _TOLD) for leaf in told):
            raise
        for leaf in told:
            console.print(Text.assemble((type(leaf).__name__, "red"), f": {leaf}"), soft_wrap=True)
        raise typer.Exit(1) from None


def _leaves(error: BaseException) -> list[BaseException]:
    """What went wrong in tasks that ran side by side, one by one."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for part in error.exceptions for leaf in _leaves(part)]


if __name__ == "__main__":
    app()
