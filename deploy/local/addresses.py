"""Where the services of a stack answer, and how to sign in, as people read it."""

from rich.console import Console
from rich.table import Table

from deploy.local.layout import Layout, load_stack


def print_addresses(console: Console, place: Layout) -> None:
    stack = load_stack(place)
    table = Table.grid(padding=(0, 2))
    for name in ("console", "projects", "energy", "alerts"):
        if stack[name]:
            table.add_row(f"  {name}", str(stack[name]))
    for login in stack["logins"]:
        table.add_row("  login", f"{login['username']} / {login['password']}  ({login['role']})")
    table.add_row("  messages", str(place.mailbox))
    table.add_row("  details", str(place.stack_file))
    console.print(table)
