"""Two counties, and whether one learns anything of the other by any operation of a service's document.

What a caller is told before the neighbour has rows, he is told afterwards, to the letter; and an id of the
neighbour's is answered as one that never existed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import httpx

from tests.support.document_requests import Document, Operation

Call = Callable[..., Awaitable[httpx.Response]]
Names = dict[tuple[str, str], list[str]]

# Of one answer, not of what it tells.
_PASSING = frozenset({"request_id", "trace_id", "instance"})


@dataclass
class County:
    """What exists of a county: ids by collection and parameter of a path, and by the field of a body."""

    region_code: str
    names: Names = field(default_factory=dict)
    references: dict[str, Any] = field(default_factory=dict)

    def know(self, collection: str, parameter: str, key: str) -> None:
        known = self.names.setdefault((collection, parameter), [])
        if key not in known:
            known.append(key)


@dataclass
class Findings:
    """``leaks`` are to be none; ``unreached`` are operations whose lookup no caller came to."""

    leaks: list[str] = field(default_factory=list)
    unreached: dict[str, str] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)


@dataclass
class Neighbours:
    """The walk over one service's document.

    ``call(method, path, by, params=…, json=…, …)`` sends a request; ``plain`` are path parameters that name no
    row (a year, a kind) with the value to take; ``nobodys`` make the n-th name that nothing has, where one
    that is made up would not pass for one; ``callers`` are those of one's own county, the first may most.
    """

    document: Document
    call: Call
    callers: Sequence[str]
    plain: Mapping[str, str]
    skipped: Mapping[str, str]
    nobodys: Mapping[str, Callable[[int], str]] = field(default_factory=dict)

    def operations(self) -> list[Operation]:
        return [one for one in self.document.operations if one.label not in self.skipped]

    async def answer(
        self, operation: Operation, values: Mapping[str, str], by: str, known: Mapping[str, Any], **more: Any
    ) -> httpx.Response:
        params = self.document.query_of(operation, known) | more.pop("params", {})
        body = self.document.body_of(operation, known)
        sent: dict[str, Any] = {"params": params or None, **more}
        if body is not None:
            sent["json"] = body
        elif operation.media_type is not None:
            sent["content"], sent["headers"] = b"x", {"Content-Type": operation.media_type}
        if operation.method == "patch":
            sent["headers"] = {"If-Match": "*"}
        return await self.call(operation.method.upper(), operation.at(values), by, **sent)

    def values_of(self, operation: Operation, county: County) -> dict[str, str] | None:
        """What the path names of a county; None where nothing is known of one."""
        found: dict[str, str] = {}
        for collection, name in operation.places():
            keys = county.names.get((collection, name))
            if name in self.plain:
                found[name] = self.plain[name]
            elif keys:
                found[name] = keys[-1]
            else:
                return None
        return found

    async def learn(self, county: County, by: str, beside: County | None = None) -> None:
        """Ids that the lists of the county show, but for those that ``beside`` is shown too."""
        for operation in self.operations():
            items = (
                [one for one in self.operations() if one.is_read and _is_item_of(one.path, operation.path)]
                if operation.is_read
                else []
            )
            values = self.values_of(operation, county) if items else None
            if values is None:
                continue
            found = await self.answer(operation, values, by, county.references)
            if not found.is_success or "json" not in found.headers.get("content-type", ""):
                continue
            told = found.json()
            rows = told.get("items", []) if isinstance(told, dict) else told
            for row in rows if isinstance(rows, list) else ():
                for item in items:
                    _know(county, operation, item, row, beside)

    async def seed(self, county: County, by: str) -> list[str]:
        """Make one of each by the examples of the document; answers what could not be made, and why."""
        refused: dict[str, str] = {}
        for operation in sorted(self.operations(), key=lambda one: one.path.count("/")):
            targets = [one for one in self.operations() if _is_item_of(one.path, operation.path)]
            is_making = operation.method == "post" and bool(targets)
            is_putting = operation.method == "put"
            if not is_making and not is_putting:
                continue
            if targets and all(self.values_of(one, county) for one in targets):
                continue
            values = self.values_of(operation, county)
            if values is None:
                refused[operation.label] = "its path names nothing that is known"
                continue
            made = await self.answer(operation, values, by, county.references)
            if not made.is_success:
                refused[operation.label] = f"{made.status_code} {made.text[:300]}"
                continue
            for target in targets:
                _know(county, operation, target, made.json() if made.content else {})
        return [f"{label}: {why}" for label, why in refused.items()]

    async def told(self, county: County, by: str) -> dict[str, str]:
        """All that a caller is told of his own: the answer of each operation that reads, by its label."""
        answers = {}
        for operation in self.operations():
            values = self.values_of(operation, county) if operation.is_read else None
            if values is not None:
                found = await self.answer(operation, values, by, county.references)
                answers[operation.label] = f"{found.status_code} {_plain(found)}"
        return answers

    async def infer(self, own: County, other: County, findings: Findings) -> None:
        """Ask for the other's rows, and for rows that never were, by each operation that names one."""
        for operation in self.operations():
            theirs = self.values_of(operation, other)
            rows = [
                name
                for collection, name in operation.places()
                if (collection, name) in other.names and name not in self.plain
            ]
            if not operation.names or (theirs is not None and not rows):
                continue
            if theirs is None:
                findings.unreached[operation.label] = "nothing of this kind exists"
                continue
            for by in self.callers:
                nowhere = theirs | {name: self._never(operation, name, theirs[name]) for name in rows}
                if await self._compare(operation, theirs, nowhere, by, own, findings):
                    break
            mine = self.values_of(operation, own)
            if len(rows) > 1 and mine is not None:
                # Below what is one's own: the last name only.
                last = rows[-1]
                foreign = mine | {last: theirs[last]}
                unknown = mine | {last: self._never(operation, last, theirs[last])}
                if mine[last] != theirs[last]:
                    await self._compare(operation, foreign, unknown, self.callers[0], own, findings)

    async def _compare(
        self,
        operation: Operation,
        foreign: Mapping[str, str],
        unknown: Mapping[str, str],
        by: str,
        own: County,
        findings: Findings,
    ) -> bool:
        """Whether the lookup was reached: an unknown name is not found."""
        first = await self.answer(operation, unknown, by, own.references)
        second = await self.answer(operation, foreign, by, own.references)
        # A thing is made under a code that nobody has; one that is taken elsewhere does not exist for this caller.
        makes = operation.method == "put" and first.status_code in {200, 201} and second.status_code in {404, 409}
        if not makes and _seen(first, unknown) != _seen(second, foreign):
            findings.leaks.append(
                f"{operation.label} by {by}: {first.status_code} for an unknown one, {second.status_code} for the "
                f"neighbour's: {first.text[:200]} | {second.text[:300]}"
            )
        if first.status_code == 404 or makes:
            findings.reached.add(operation.label)
            findings.unreached.pop(operation.label, None)
            return True
        if operation.label not in findings.reached:
            findings.unreached[operation.label] = f"{first.status_code} {first.text[:160]}"
        return False

    def _never(self, operation: Operation, parameter: str, name: str) -> str:
        """A name of the same shape that nothing has, another for each operation: one may make what it names."""
        number = self.document.operations.index(operation)
        if parameter in self.nobodys:
            return self.nobodys[parameter](number)
        try:
            UUID(name)
        except ValueError:
            mark = chr(ord("A") + number // 26 % 26) + chr(ord("A") + number % 26)
            return name + (mark.lower() if name.islower() else mark)
        return str(uuid4())


def _is_item_of(path: str, collection: str) -> bool:
    rest = path.removeprefix(collection + "/") if path.startswith(collection + "/") else ""
    return rest.startswith("{") and rest.endswith("}") and "/" not in rest


def _know(county: County, operation: Operation, item: Operation, row: Any, beside: County | None = None) -> None:
    if not isinstance(row, dict):
        return
    collection, parameter = list(item.places())[-1]
    noun = parameter.removesuffix("_id").removesuffix("_no")
    for name in (parameter, "id", f"{noun}_id", "code"):
        if isinstance(row.get(name), str | int):
            if beside is not None and str(row[name]) in beside.names.get((collection, parameter), ()):
                return
            county.know(collection, parameter, str(row[name]))
            county.references.setdefault(parameter, row[name])
            return


def _plain(answer: httpx.Response) -> str:
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if media_type not in {"application/json", "application/problem+json"} or not answer.content:
        return _files_in(answer.content) if answer.content[:2] == b"PK" else answer.text
    return json.dumps(_lasting(answer.json()), sort_keys=True, ensure_ascii=False)


def _files_in(archive: bytes) -> str:
    """What an office document holds, but for when it was written."""
    with ZipFile(BytesIO(archive)) as opened:
        parts = {info.filename: info.CRC for info in opened.infolist() if info.filename != "docProps/core.xml"}
    return json.dumps(parts, sort_keys=True)


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lasting(part) for name, part in value.items() if name not in _PASSING}
    return [_lasting(part) for part in value] if isinstance(value, list) else value


def _seen(answer: httpx.Response, names: Mapping[str, str]) -> str:
    text = _plain(answer)
    for name in sorted(names.values(), key=len, reverse=True):
        text = text.replace(name, "…")
    return f"{answer.status_code} {answer.headers.get('content-type')} {text}"


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Labels of what is told otherwise, with the first place where it is."""
    found = {}
    for label, was in before.items():
        now = after[label]
        if was != now:
            at = next(
                (n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now))
            )
            found[label] = f"…{was[max(0, at - 60) : at + 80]} | …{now[max(0, at - 60) : at + 160]}"
    return found


def out_of_reach(file: Path) -> dict[str, str]:
    """Operations by label with the reason why no request of the walk comes to their lookup."""
    reasons: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return {label: reason for reason, labels in reasons.items() for label in labels}


def kept_apart(told: Sequence[str], common: Sequence[str]) -> list[str]:
    """What is told of other things than the ``common`` ones: paths, with all that lies below them."""
    return [one for one in told if not re.search(f"^[A-Z]+ ({'|'.join(map(re.escape, common))})(?![a-z-])", one)]
