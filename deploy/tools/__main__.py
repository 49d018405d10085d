"""``python -m deploy.tools build``: the tools that check what is deployed; see :mod:`deploy.tools.building`."""

from __future__ import annotations

import sys

from deploy.tools.building import NoTools, build

if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        sys.exit("usage: python -m deploy.tools build")
    try:
        build(lambda line: print(line, flush=True))  # noqa: T201 - what people read while they wait
    except NoTools as failure:
        # A machine without Go has everything else; the tests that want the tools say so.
        print(f"the chart is not checked: {failure}")  # noqa: T201
