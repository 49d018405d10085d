"""What the doctor makes of a service's word on the malware scanner."""

import pytest

from deploy.local.doctor.findings import LANGUAGES, State
from deploy.local.doctor.scanner import judged


@pytest.mark.parametrize(
    ("told", "code", "state", "words"),
    [
        (None, "scanner.none", State.OK, "projects asks no scanner about files"),
        ("ok", "scanner.silent", State.OK, "The scanner answers projects"),
        (
            "failed: ScannerAway",
            "scanner.silent",
            State.BAD,
            "The scanner does not answer projects (failed: ScannerAway): no file is taken",
        ),
    ],
)
def test_scanner_is_told_with_what_the_service_said(told: str | None, code: str, state: State, words: str) -> None:
    finding = judged("projects", told)
    assert (finding.code, finding.state, finding.says("en")) == (code, state, words)
    assert finding.section == "scanner"
    assert all(finding.says(language) for language in LANGUAGES)
    assert bool(finding.advice("en")) is (state is State.BAD)
