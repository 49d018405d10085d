"""Where people get a platform's code, and what a ticket's text says."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.projects.platforms.domain.kinds import PlatformKind, authorize_address
from services.projects.platforms.domain.tickets import new_ticket, read_ticket

_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@pytest.mark.parametrize(
    ("kind", "agent_id", "base", "address"),
    [
        # In the order of the document: another one is refused by the application.
        (
            PlatformKind.WECOM,
            1000002,
            None,
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww%2F1&redirect_uri={redirect_uri}"
            "&response_type=code&scope=snsapi_base&state={state}&agentid=1000002#wechat_redirect",
        ),
        (
            PlatformKind.WECOM,
            None,
            "https://wecom.example.org",
            "https://wecom.example.org/connect/oauth2/authorize?appid=ww%2F1&redirect_uri={redirect_uri}"
            "&response_type=code&scope=snsapi_base&state={state}#wechat_redirect",
        ),
        (
            PlatformKind.DINGTALK,
            None,
            None,
            "https://login.dingtalk.com/oauth2/auth?redirect_uri={redirect_uri}&response_type=code"
            "&client_id=ww%2F1&scope=openid&state={state}&prompt=consent",
        ),
    ],
)
def test_address_is_the_platforms_own_with_places_to_fill_in(
    kind: PlatformKind, agent_id: int | None, base: str | None, address: str
) -> None:
    assert authorize_address(kind, "ww/1", agent_id, base) == address


def test_ticket_names_itself_and_keeps_its_secret() -> None:
    text, kept = new_ticket(_ID)
    assert read_ticket(text) == (_ID, kept)
    assert kept not in text
    assert read_ticket(text + "x") != (_ID, kept)


@pytest.mark.parametrize("text", ["", "dt_", "dt_x_y", "dr_" + "0" * 32 + "_s", "dt_" + "0" * 32 + "_"])
def test_anything_else_is_no_ticket(text: str) -> None:
    assert read_ticket(text) is None
