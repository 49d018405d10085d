import asyncio

import pytest

from libs.common.security.cache import TtlCache


class _Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class _Source:
    def __init__(self, value: str | None = "value") -> None:
        self.value = value
        self.loads = 0

    async def __call__(self) -> str | None:
        self.loads += 1
        await asyncio.sleep(0)
        return self.value


async def test_a_value_is_loaded_once_when_young_and_again_when_old() -> None:
    time, source = _Time(), _Source()
    cache: TtlCache[str, str | None] = TtlCache(1.0, monotonic=time)
    assert [await cache.get("k", source) for _ in range(3)] == ["value"] * 3
    assert source.loads == 1
    time.now += 1.0
    assert cache.peek("k") is None
    await cache.get("k", source)
    assert source.loads == 2


async def test_one_load_serves_all_when_many_miss_at_once() -> None:
    source = _Source()
    cache: TtlCache[str, str | None] = TtlCache(1.0)
    assert set(await asyncio.gather(*(cache.get("k", source) for _ in range(50)))) == {"value"}
    assert source.loads == 1


async def test_the_others_get_their_value_when_one_waiter_is_cancelled() -> None:
    source = _Source()
    cache: TtlCache[str, str | None] = TtlCache(1.0)
    first, second = (asyncio.create_task(cache.get("k", source)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "value"
    with pytest.raises(asyncio.CancelledError):
        await first
    assert source.loads == 1


async def test_a_failure_is_not_kept_when_a_load_raises() -> None:
    cache: TtlCache[str, str | None] = TtlCache(1.0)

    async def fail() -> str | None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await cache.get("k", fail)
    assert await cache.get("k", _Source()) == "value"


@pytest.mark.parametrize(("keep_none", "loads"), [(False, 2), (True, 1)])
async def test_none_is_kept_only_when_asked_for(keep_none: bool, loads: int) -> None:
    source = _Source(None)
    cache: TtlCache[str, str | None] = TtlCache(1.0, keep_none=keep_none)
    await cache.get("k", source)
    await cache.get("k", source)
    assert source.loads == loads


def test_the_oldest_goes_when_the_cache_is_full() -> None:
    cache: TtlCache[int, int] = TtlCache(60.0, size=3)
    for number in range(5):
        cache.put(number, number)
    assert [cache.peek(number) for number in range(5)] == [None, None, 2, 3, 4]
    cache.drop(4)
    assert cache.peek(4) is None
