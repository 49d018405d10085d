"""The page's files: what may be kept, what is compressed, what the page may run."""

import re
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from starlette.responses import FileResponse

from services.console.files import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<meta name="csp-nonce" content="__CSP_NONCE__">', encoding="utf-8")
    (tmp_path / "assets/main-AbCd1234.js").write_text("1", encoding="utf-8")
    (tmp_path / "assets/main-AbCd1234.js.br").write_bytes(b"br")
    (tmp_path / "assets/main-AbCd1234.js.gz").write_bytes(b"gz")
    (tmp_path / "service-worker.js").write_text("2", encoding="utf-8")
    return Site(tmp_path)


def accepting(*encodings: str) -> Headers:
    return Headers({"accept-encoding": ", ".join(encodings)})


def test_page_carries_another_nonce_each_time_and_is_never_kept(site: Site) -> None:
    answers = [site.answer("alerts/some-id", Headers()) for _ in range(2)]
    nonces = set()
    for answer in answers:
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        (nonce,) = re.findall(r"'nonce-([\w-]+)'", policy)
        assert f'content="{nonce}"'.encode() in bytes(answer.body)
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        for shut in ("default-src", "frame-ancestors", "base-uri", "form-action", "object-src"):
            assert f"{shut} 'none'" in policy
        assert "connect-src 'self';" in policy
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "microphone=()" in answer.headers["permissions-policy"]
        assert answer.headers["cache-control"] == "no-store"
        nonces.add(nonce)
    assert len(nonces) == 2


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [(("gzip", "br"), "br"), (("gzip;q=0.5",), "gzip"), ((), None), (("identity",), None)],
)
def test_best_accepted_encoding_is_sent(site: Site, accepted: tuple[str, ...], encoding: str | None) -> None:
    answer = site.answer("assets/main-AbCd1234.js", accepting(*accepted))
    assert isinstance(answer, FileResponse)
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


def test_worker_is_asked_for_again_and_a_lost_script_is_no_page(site: Site) -> None:
    worker = site.answer("service-worker.js", Headers())
    assert worker is not None
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert site.answer("assets/main-00000000.js", Headers()) is None
    assert site.answer("../../etc/passwd.txt", Headers()) is None
