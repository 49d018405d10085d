"""The proxy of deploy/proxy as a real nginx, with other ports and places and whoever stands behind it."""

from __future__ import annotations

import asyncio
import re
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.certificates import Issued, issue
from tests.support.deployment import ROOT
from tests.support.ports import reserve_ports

FOLDER = ROOT / "deploy/proxy"
SERVICES = ("console", "projects", "energy", "alerts")
MAINS = ("compose.conf", "systemd.conf")
NAMES = ("duban.test", *(f"{service}.duban.test" for service in SERVICES[1:]))


class _Named(httpx.AsyncHTTPTransport):
    """Speaks with an address under a name, as if the name led there."""

    def __init__(self, name: str, context: ssl.SSLContext) -> None:
        super().__init__(verify=context)
        self._name = name

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": self._name}
        return await super().handle_async_request(request)


@dataclass(frozen=True)
class Proxy:
    """A running nginx: its ports, and the authority that signed its certificate and those of feeds."""

    secure: int
    plain: int
    authority: Issued
    folder: Path

    async def announced(self, name: str, path: str, length: int) -> tuple[int, str]:
        """The answer to a request that announces so long a body and sends nothing of it: status, and the rest."""
        context = ssl.create_default_context(cafile=str(self.authority.path))
        reader, writer = await asyncio.open_connection("127.0.0.1", self.secure, ssl=context, server_hostname=name)
        writer.write(f"POST {path} HTTP/1.1\r\nHost: {name}\r\nContent-Length: {length}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        (size,) = re.findall(r"(?i)content-length: (\d+)", head)
        body = (await reader.readexactly(int(size))).decode()
        writer.close()
        return int(head.split()[1]), f"{head}{body}"

    def client(self, name: str = "duban.test", shown: Issued | None = None) -> httpx.AsyncClient:
        context = ssl.create_default_context(cafile=str(self.authority.path))
        if shown is not None:
            context.load_cert_chain(shown.path)
        address = f"https://127.0.0.1:{self.secure}"
        return httpx.AsyncClient(
            transport=_Named(name, context), base_url=address, headers={"Host": name}, timeout=20
        )


def nginx() -> str:
    """The program; the test is skipped with the reason where it is not."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin") or shutil.which("nginx")
    if found is None:
        pytest.skip("nginx is not installed (package nginx): its configuration is compared with the code alone")
    return found


def written(folder: Path, main: str, upstreams: dict[str, int]) -> tuple[Path, int, int]:
    """The configuration as it is, but for places, ports and who stands behind; the file, TLS's port, the other."""
    secure = reserve_ports(2)
    plain = secure + 1
    (folder / "proxy").mkdir()
    (folder / "temporary").mkdir()
    for path in FOLDER.glob("*.conf"):
        text = path.read_text(encoding="utf-8")
        text = text.replace("/etc/duban/proxy-site", str(folder / "site"))
        text = text.replace("/etc/duban/proxy/", f"{folder / 'proxy'}/")
        text = re.sub(r"listen (\[::\]:)?443 ", lambda at: f"listen {at[1] or '127.0.0.1:'}{secure} ", text)
        text = re.sub(r"listen (\[::\]:)?80 ", lambda at: f"listen {at[1] or '127.0.0.1:'}{plain} ", text)
        text = re.sub(r"listen \[::\].*\n", "\n", text)
        for service, port in upstreams.items():
            text = re.sub(rf"(\$duban_{service} {{ default) [^;]+;", rf"\1 http://127.0.0.1:{port};", text)
        text = re.sub(r"^(user|pid|worker_rlimit_nofile|\s+\w+_temp_path) .*;\n", "", text, flags=re.MULTILINE)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {folder / 'temporary' / kind};\n" for kind in kinds)
        text = text.replace("http {\n", f"http {{\n{temporary}")
        (folder / "proxy" / path.name).write_text(f"pid {folder / 'pid'};\n{text}" if path.name in MAINS else text)
    return folder / "proxy" / main, secure, plain


def prepared(folder: Path) -> Issued:
    """The site's folder: certificate, key, and the authority of feeds. Answers that."""
    (folder / "site" / "feeds.d").mkdir(parents=True)
    authority = issue(folder, "authority")
    server = issue(folder, "server", authority, NAMES)
    pem = server.path.read_bytes()
    (folder / "site/tls.key").write_bytes(pem[: pem.index(b"-----BEGIN CERTIFICATE")])
    (folder / "site/tls.crt").write_bytes(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    (folder / "site/feeds-ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (folder / "site/feeds.d/feeds.conf").write_text(
        f"ssl_client_certificate {folder / 'site/feeds-ca.pem'};\nssl_verify_client optional;\n"
    )
    return authority


@asynccontextmanager
async def running(folder: Path, upstreams: dict[str, int], *, slow: bool = False) -> AsyncIterator[Proxy]:
    """nginx while the context is open; ``slow``: a request a second after five, so that few are too many."""
    program = nginx()
    authority = prepared(folder)
    main, secure, plain = written(folder, "systemd.conf", upstreams)
    if slow:
        rules = folder / "proxy/duban.conf"
        text = rules.read_text(encoding="utf-8").replace("rate=200r/s", "rate=1r/s")
        rules.write_text(text.replace("burst=2000", "burst=5"), encoding="utf-8")
    arguments = ("-p", str(folder), "-c", str(main), "-g", "daemon off;")
    process = await asyncio.create_subprocess_exec(program, *arguments)
    try:
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", secure)
                except OSError:
                    assert process.returncode is None
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    break
        yield Proxy(secure, plain, authority, folder)
    finally:
        process.terminate()
        await process.wait()
