"""stack.json: where the services are and how to sign in."""

from deploy.local import layout
from deploy.local.kafka_cluster import kafka_of
from deploy.local.layout import Layout, Settings, load_stack, save_stack
from deploy.local.processes import url


def write_stack_file(place: Layout, settings: Settings, admin_password: str, dsns: dict[str, str]) -> None:
    """`dsns` are the databases' by service; logins that others have added stay."""
    admin = {"role": "admin", "username": "admin", "password": admin_password}
    kept = [login for login in load_stack(place).get("logins", []) if login["username"] != "admin"]
    body = {
        "projects": url(settings, layout.PROJECTS),
        "energy": url(settings, layout.ENERGY),
        "alerts": url(settings, layout.ALERTS),
        "console": url(settings, layout.CONSOLE) if settings.services else None,
        "kafka": kafka_of(place, settings).address,
        "postgres": dsns,
        "logins": [admin, *kept],
    }
    save_stack(place, body)
