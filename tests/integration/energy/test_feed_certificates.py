"""Client certificates: TLS ends at a proxy of ours, which tells whose certificate it verified (RFC 9440)."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.certificates import Issued, issue
from tests.support.energy import COUNTY, Site, slot_at
from tests.support.nginx import SERVICES, running
from tests.support.sockets import served


@asynccontextmanager
async def proxy(upstream: int, server: Issued, authority: Issued) -> AsyncIterator[int]:
    """A proxy that ends TLS: demands a client's certificate of the authority and names it in Client-Cert."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.path))
    context.load_cert_chain(server.path)
    context.verify_mode = ssl.CERT_REQUIRED

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        kept = [line for line in head[:-2] if not line.lower().startswith(("client-cert:", "connection:"))]
        length = next(
            (int(line.partition(":")[2]) for line in kept if line.lower().startswith("content-length:")), 0
        )
        body = await reader.readexactly(length)
        told = f"Client-Cert: :{base64.b64encode(shown).decode()}:"
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", upstream)
        inner_writer.write("\r\n".join([*kept, told, "Connection: close", "", ""]).encode("latin-1") + body)
        writer.write(await inner_reader.read())
        await writer.drain()
        inner_writer.close()
        writer.close()

    async with await asyncio.start_server(forward, "127.0.0.1", 0, ssl=context) as listening:
        yield listening.sockets[0].getsockname()[1]


async def test_feed_delivers_with_its_certificate_and_nobody_else_does(gate: Site, tmp_path: Path) -> None:
    await gate.register("M1")
    authority = issue(tmp_path, "authority")
    server, known, unknown = (issue(tmp_path, name, authority) for name in ("server", "known", "unknown"))
    stranger = issue(tmp_path, "stranger", issue(tmp_path, "another-authority"))
    body = {"code": "mtls", "name": "SCADA", "region_code": COUNTY, "certificate_sha256": known.sha256}
    assert (await gate.post("/v1/feeds", body, caller="officer")).status_code == 201
    readings = json.dumps([{"meter_no": "M1", "at": slot_at(1), "value": 2}])

    async def post(port: int, client: Issued) -> httpx.Response:
        context = ssl.create_default_context(cafile=str(authority.path))
        context.load_cert_chain(client.path)
        async with httpx.AsyncClient(verify=context, timeout=60) as http:
            # What a caller writes into the header itself is replaced.
            headers = {
                "Content-Type": "application/json",
                "Client-Cert": f":{base64.b64encode(known.der).decode()}:",
            }
            return await http.post(f"https://127.0.0.1:{port}/v1/readings", content=readings, headers=headers)

    async with served(gate) as upstream, proxy(upstream, server, authority) as port:
        answer = await post(port, known)
        assert answer.status_code == 202, answer.text
        assert (await post(port, unknown)).status_code == 401
        with pytest.raises(httpx.HTTPError):
            await post(port, stranger)
    (receipt,) = await gate.receipts(feed="mtls")
    assert (receipt["subject"], receipt["accepted"]) == ("feed:mtls", 1)


async def test_header_is_believed_from_trusted_proxies_only(gate: Site, tmp_path: Path) -> None:
    known = issue(tmp_path, "known")
    body = {"code": "mtls", "name": "SCADA", "region_code": COUNTY, "certificate_sha256": known.sha256}
    created = await gate.post("/v1/feeds", body, caller="officer")
    rfc = f":{base64.b64encode(known.der).decode()}:"
    nginx = quote(known.certificate.public_bytes(Encoding.PEM).decode())

    async def ask(address: str, told: str) -> int:
        transport = httpx.ASGITransport(app=gate.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://energy") as client:
            return (await client.get("/v1/feeds", headers={"Client-Cert": told})).status_code

    assert [await ask("127.0.0.1", told) for told in (rfc, nginx, ":AAAA:", "nonsense")] == [200, 200, 401, 401]
    assert await ask("10.9.8.7", rfc) == 401
    async with gate.client() as client:
        paused = await client.patch(
            "/v1/feeds/mtls", json={"is_active": False}, headers={"If-Match": created.headers["ETag"]}
        )
        assert paused.status_code == 200
    gate.app.state.runtime.authenticator._feeds = type(gate.app.state.runtime.authenticator._feeds)(0.0)
    assert await ask("127.0.0.1", rfc) == 401


async def test_feed_is_known_by_the_certificate_that_nginx_verified_and_by_no_header(
    gate: Site, tmp_path: Path
) -> None:
    await gate.register("M1")
    async with served(gate) as upstream, running(tmp_path, dict.fromkeys(SERVICES, upstream)) as proxy:
        known, unknown = (issue(tmp_path, name, proxy.authority) for name in ("known", "unknown"))
        stranger = issue(tmp_path, "stranger", issue(tmp_path, "another-authority"))
        body = {"code": "mtls", "name": "SCADA", "region_code": COUNTY, "certificate_sha256": known.sha256}
        assert (await gate.post("/v1/feeds", body, caller="officer")).status_code == 201
        readings = json.dumps([{"meter_no": "M1", "at": slot_at(1), "value": 2}])
        escaped = quote(known.certificate.public_bytes(Encoding.PEM).decode())

        async def post(shown: Issued | None, **headers: str) -> int:
            async with proxy.client("energy.duban.test", shown) as http:
                sent = {"Content-Type": "application/json", **headers}
                return (await http.post("/v1/readings", content=readings, headers=sent)).status_code

        assert await post(known) == 202
        forged = {"Client-Cert": escaped}
        assert [await post(one, **forged) for one in (None, unknown, stranger)] == [401, 401, 400]
        # A key is as good as ever, also from where nobody shows a certificate.
        assert await post(None, **{"X-API-Key": gate.keys["feed"]}) == 202
    (receipt,) = await gate.receipts(feed="mtls")
    assert (receipt["subject"], receipt["accepted"]) == ("feed:mtls", 1)
