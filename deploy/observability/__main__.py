"""``python -m deploy.observability``: writes the dashboards and ``docs/metrics.md``."""

import json

from deploy.observability.dashboards import DASHBOARDS, as_json
from deploy.observability.metrics import ROOT, document

FOLDER = ROOT / "deploy" / "observability" / "grafana" / "dashboards"


def written() -> dict[str, str]:
    """Every file by its path below the checkout."""
    found = {
        str((FOLDER / f"{each.name}.json").relative_to(ROOT)): json.dumps(
            as_json(each), indent=2, ensure_ascii=False
        )
        + "\n"
        for each in DASHBOARDS
    }
    return {**found, "docs/metrics.md": document()}


if __name__ == "__main__":
    for path, text in written().items():
        (ROOT / path).write_text(text, encoding="utf-8")
