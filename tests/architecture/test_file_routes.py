"""Every operation whose body is a file shows it to the scanner; those that do not say why."""

import importlib

from tests.support.clamd import file_routes
from tests.support.documents import SERVICES

# Bodies that are no JSON and no file of somebody's.
NO_FILES = {
    "/v1/readings": "numbers of machines, read at the door and kept as numbers; too many for a scanner",
    "/v1/curves": "the same",
    "/v1/oidc/backchannel-logout": "a form of the issuer's with one signed token",
}


def test_every_operation_that_takes_other_than_json_is_shown_to_the_scanner() -> None:
    found, marked = set(), set()
    for service in SERVICES:
        api = importlib.import_module(f"services.{service}.api")
        marked |= file_routes(api.ROUTERS)
        for path, operations in api.openapi_document()["paths"].items():
            for operation in operations.values():
                body = operation.get("requestBody") if isinstance(operation, dict) else None
                if body and set(body["content"]) - {"application/json"}:
                    found.add(path)
    assert marked | set(NO_FILES) == found
    assert not marked & set(NO_FILES)
