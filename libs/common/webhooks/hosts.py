"""Which hosts may be called: none but those the installation lists, so that a webhook opens no inner door."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOCALHOST = "localhost"
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class RefusedAddress(ValueError):
    """The address may not be called; `reason` is a stable word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """A checked webhook address, taken apart."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Entries: a host (`hooks.example.org`), a domain with all below it (`.example.org`), an address, a network.

    A name may lead to public addresses only, unless the address it leads to is listed itself, alone or by its
    network; `localhost`, once listed, stands for the loopback addresses. Plain http is for loopback and, where
    `require_https` is off, for every listed host.
    """

    names: frozenset[str]
    networks: tuple[Network, ...]
    require_https: bool = True

    @classmethod
    def of(cls, entries: Iterable[str], *, require_https: bool = True) -> AllowedHosts:
        """Raises ValueError for an entry that is neither a name nor an address."""
        names: set[str] = set()
        networks: list[Network] = []
        for entry in (entry.strip().lower() for entry in entries):
            if not entry:
                continue
            try:
                networks.append(ipaddress.ip_network(entry.strip("[]")))
            except ValueError:
                if "/" in entry or ":" in entry:
                    raise ValueError(f"{entry!r} is neither a host nor a network") from None
                names.add(entry)
        return cls(frozenset(names), tuple(networks), require_https)

    def check_url(self, url: str) -> Target:
        """The parts of an address whose host is listed. Raises RefusedAddress."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise RefusedAddress("malformed") from None
        if parts.scheme not in {"http", "https"} or not host:
            raise RefusedAddress("malformed")
        if parts.username is not None or parts.password is not None:
            # A credential in the address would end up in lists and logs.
            raise RefusedAddress("credentials_in_address")
        if not self._lists(host):
            raise RefusedAddress("host_not_allowed")
        if parts.scheme == "http" and self.require_https and not _is_loopback(host):
            raise RefusedAddress("https_required")
        return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80))

    def check_addresses(self, host: str, found: Sequence[str]) -> str:
        """The address to connect to, of those the host's name leads to. Raises RefusedAddress.

        One inner address among public ones refuses them all: such a name is made to deceive.
        """
        addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
        if not addresses:
            raise RefusedAddress("unknown_host")
        if not all(self._may_reach(host, address) for address in addresses):
            raise RefusedAddress("inner_address")
        return str(addresses[0])

    def lists(self, host: str) -> bool:
        """Whether a host or a literal address may be named at all."""
        return self._lists(host.lower().strip("[]"))

    def may_connect(self, text: str) -> bool:
        """Whether a connection to this address is one that some listed name may have led to."""
        address = _as_address(text.partition("%")[0])
        return address is not None and (
            self._may_reach("", address) or (address.is_loopback and LOCALHOST in self.names)
        )

    def _lists(self, host: str) -> bool:
        address = _as_address(host)
        if address is not None:
            return any(address in network for network in self.networks)
        return host in self.names or any(
            name.startswith(".") and (host.endswith(name) or host == name[1:]) for name in self.names
        )

    def _may_reach(self, host: str, address: Address) -> bool:
        address = _as_ipv4(address) or address
        if any(address in network for network in self.networks):
            return True
        if host == LOCALHOST and address.is_loopback:
            return LOCALHOST in self.names
        return address.is_global and not address.is_multicast


def _as_address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _as_ipv4(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, NAT64 (RFC 6052)."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_loopback(host: str) -> bool:
    address = _as_address(host)
    return host == LOCALHOST if address is None else address.is_loopback
