"""Is the replica complete? A service that starts with an empty copy would refuse every caller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

Positions = Mapping[tuple[str, int], int]


class ReplicaReadiness:
    """True once the consumer has come to where the registry's topics ended when this process started.

    ``ends`` asks the broker (``libs.common.kafka.offsets.end_offsets``), ``positions`` the consumer's stored
    positions (``libs.common.inbox.repository.load_positions``); both by (topic, partition), offsets being the
    next to be written and the next to be read. The ends are asked once. What has once been complete stays so:
    later lag is a matter of seconds and of metrics, not of readiness.
    """

    def __init__(
        self,
        ends: Callable[[], Awaitable[Positions]],
        positions: Callable[[], Awaitable[Positions]],
    ) -> None:
        self._ask_ends = ends
        self._ask_positions = positions
        self._missing: dict[tuple[str, int], int] | None = None

    async def __call__(self) -> bool:
        """Whether the replica is complete; raises what the callables raise."""
        if self._missing is None:
            ends = await self._ask_ends()
            if not ends:
                # The owner has not created its topics yet: nothing to know is not the same as knowing all.
                return False
            # A partition that nothing was ever written to has nothing to wait for.
            self._missing = {place: end for place, end in ends.items() if end > 0}
        if self._missing:
            positions = await self._ask_positions()
            self._missing = {place: end for place, end in self._missing.items() if positions.get(place, 0) < end}
        return not self._missing

    @property
    def missing(self) -> Positions:
        """The partitions that are waited for and their ends; empty when complete or not asked yet."""
        return dict(self._missing or {})
