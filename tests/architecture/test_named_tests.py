"""What a document names as proof exists: a test that was renamed or taken away shows here."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The last long run is a record of its own day.
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "decisions").glob("*.md"))]
RECORDS = {"long-run.md"}


def named() -> dict[str, set[str]]:
    """Functions and files of tests by the document that names them in backquotes."""
    found = {}
    for document in DOCUMENTS:
        if document.name not in RECORDS:
            text = document.read_text(encoding="utf-8")
            found[document.name] = set(re.findall(r"`(?:[a-z_/]+/)?(test_[a-z0-9_]+(?:\.py)?)`", text))
    return found


def test_tests_that_documents_name_are_there() -> None:
    files = [file for name in ("test_*.py", "*_journeys.py") for file in (ROOT / "tests").rglob(name)]
    known = {file.name for file in files}
    for file in files:
        known |= set(re.findall(r"^(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE))
    missing = {document: sorted(names - known) for document, names in named().items() if names - known}
    assert missing == {}
    assert len(named()["alerts.md"]) > 30
    assert len(named()["security.md"]) > 100


def test_every_line_of_the_security_checklist_names_a_test_or_says_what_is_missing() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    lines = [row for row in rows if row[0] != "demanded"]
    assert len(lines) > 60
    assert [
        row[0] for row in lines if len(row) != 3 or not re.search(r"`test_\w+`|\*\*not yet\*\*: \w", row[-1])
    ] == []
