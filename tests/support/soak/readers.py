"""People who look on for hours: streams of alerts that stay open, and pages that are read now and then."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import httpx

from tests.support.stack import Stack

_PAGES = (
    ("alerts", "/v1/alerts"),
    ("energy", "/v1/meters"),
    ("energy", "/v1/conditions"),
    ("projects", "/v1/projects"),
    ("projects", "/v1/regions"),
)


@dataclass
class Readers:
    """``events``: lines that came by the streams; ``pages``: answers; ``reopened``: streams begun again."""

    stack: Stack
    stopping: threading.Event = field(default_factory=threading.Event)
    events: int = 0
    pages: int = 0
    reopened: int = 0
    refused: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def begin(self, streams: int) -> None:
        for work in (*[self._follow] * streams, self._read):
            thread = threading.Thread(target=self._again, args=(work,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def end(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout=5)

    def _again(self, work: object) -> None:
        assert callable(work)
        while not self.stopping.is_set():
            try:
                work(self.stack.admin_token())
            except httpx.HTTPError:
                # A token has an end, and so has the stream that it opened.
                time.sleep(1)
            self.reopened += 1

    def _follow(self, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.stack.url('alerts')}/v1/alerts/stream"
        with httpx.stream("GET", url, headers=headers, timeout=60) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                self.events += bool(line)
                if self.stopping.is_set():
                    return

    def _read(self, token: str) -> None:
        for service, path in _PAGES:
            with self.stack.client(service, token) as client:
                answer = client.get(path, params={"limit": 100})
            self.pages += answer.is_success
            if not answer.is_success and len(self.refused) < 5:
                self.refused.append(f"{path}: {answer.status_code} {answer.text[:200]}")
            self.stopping.wait(2)
