"""The compiled loops are there before the first test that measures its time."""

import pytest

from services.energy.kernels import compile_kernels


@pytest.fixture(scope="session", autouse=True)
def compiled_kernels() -> None:
    compile_kernels()
