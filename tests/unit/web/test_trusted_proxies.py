"""Who a caller is behind a reverse proxy: believed from ours, from nobody else."""

import pytest
from fastapi import APIRouter, Request
from pydantic import ValidationError

from libs.common.web.dependencies import ContextDep
from libs.common.web.routes import TransactionalRoute
from tests.support.web import build_app, client, settings

router = APIRouter(prefix="/v1", route_class=TransactionalRoute)


@router.get("/caller")
async def get_caller(ctx: ContextDep, request: Request) -> str:
    assert request.client is not None
    return request.client.host


@pytest.mark.parametrize(
    ("proxies", "address", "forwarded", "seen"),
    [
        ("", "127.0.0.1", "198.51.100.7", "127.0.0.1"),
        ("10.0.0.0/8", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.0/8", "10.0.0.5", "198.51.100.7", "198.51.100.7"),
        # What the caller wrote himself stands on the left of what our proxies added.
        ("10.0.0.0/8, 192.0.2.9", "192.0.2.9", "203.0.113.1, 198.51.100.7, 10.0.0.5", "198.51.100.7"),
        ("2001:db8::/32", "2001:db8::1", "2001:db8:ffff::1, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.0/8", "10.0.0.5", "", "10.0.0.5"),
    ],
)
async def test_forwarded_address_is_believed_when_a_trusted_proxy_sends_it(
    proxies: str, address: str, forwarded: str, seen: str
) -> None:
    app = build_app([router], more_settings={"trusted_proxies": proxies})
    async with client(app, address=address) as http:
        answer = await http.get("/v1/caller", headers={"X-Forwarded-For": forwarded})
    assert answer.json() == seen


@pytest.mark.parametrize("proxies", ["*", "proxy.local", "10.0.0.1/8", "0.0.0.0/0", "10.0.0.1,::/0"])
def test_settings_refuse_proxies_when_one_is_no_network_or_all_of_them(proxies: str) -> None:
    with pytest.raises(ValidationError):
        settings(trusted_proxies=proxies)
