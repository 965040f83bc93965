"""Findings as JSON, version 1: for a file that others read, and for the way between processes.

What the file promises is fixed and does not hold everything that a finding knows. The rest stands
under the key ``extra`` of its object: it travels between processes and is not written to the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pytest_flaskctx.facts import ContextFact, Frame, Origin, RequestFact, Stack
from pytest_flaskctx.findings import Bleed, BleedStep, Finding, Handover, JsonDict, Site
from pytest_flaskctx.grouping import group, place
from pytest_flaskctx.reports.sources import absolute
from pytest_flaskctx.source import shown as relative

VERSION = 1

_FRAME_KEYS = ("file", "line", "function", "kind")
_PLAIN_KEYS = ("code", "rule", "level", "status", "phase", "proxy", "thread", "process", "count")
_TEXT_KEYS = ("message", "hint")


def to_json(finding: Finding, root: Path) -> JsonDict:
    """Return ``finding`` as an entry of strings, numbers, lists and dicts.

    Args:
        finding: the finding.
        root: the root directory; paths under it are written relative to it.
    """
    return {
        **{key: getattr(finding, key) for key in (*_PLAIN_KEYS, *_TEXT_KEYS)},
        **finding.site._asdict(),
        "allowed": finding.status == "allowed",
        "tests": list(finding.tests),
        "stack": _stack(finding.stack, root),
        "origin": _origin(finding.handover, root),
        "request": _request(finding.request),
        "context": _context(finding.context),
        "bleed": _bleed(finding.bleed),
        "patch": finding.patch,
        "fingerprint": finding.fingerprint,
        "extra": {"reason": finding.reason, "started": _origin(finding.started, root)},
    }


def from_json(entry: JsonDict, root: Path) -> Finding:
    """Return the finding that :func:`to_json` made ``entry`` of."""
    return Finding(
        **{key: entry[key] for key in (*_PLAIN_KEYS, *_TEXT_KEYS)},
        site=_read_site(entry),
        tests=tuple(entry["tests"]),
        stack=_read_stack(entry["stack"], root),
        handover=_read_origin(entry["origin"], root),
        started=_read_origin(entry["extra"]["started"], root),
        request=_read_request(entry["request"]),
        context=_read_context(entry["context"]),
        reason=entry["extra"]["reason"],
        bleed=_read_bleed(entry["bleed"]),
        patch=entry["patch"],
    )


def document(
    findings: Iterable[Finding], *, tool: JsonDict, summary: JsonDict, root: Path
) -> JsonDict:
    """Return what the file holds: one entry a leak site, sorted by file, line and rule.

    Args:
        findings: all findings of the run, in any order.
        tool: what found them, and with which versions.
        summary: the numbers of the run.
        root: the root directory.
    """
    entries = [to_json(finding, root) for finding in sorted(group(findings), key=place)]
    return {"version": VERSION, "tool": tool, "summary": summary, "findings": _published(entries)}


def text(content: JsonDict) -> str:
    """Return ``content`` as the text of a file."""
    return json.dumps(content, indent=2) + "\n"


def _published(value: Any) -> Any:
    """Return ``value`` without what the file does not promise."""
    if isinstance(value, dict):
        return {key: _published(item) for key, item in value.items() if key != "extra"}
    if isinstance(value, list):
        return [_published(item) for item in value]
    return value


def _read_site(entry: JsonDict) -> Site:
    return Site(**{name: entry[name] for name in Site._fields})


def _stack(stack: Stack, root: Path) -> list[JsonDict]:
    return [_frame(frame, root) for frame in stack]


def _frame(frame: Frame, root: Path) -> JsonDict:
    known = frame._asdict() | {"file": relative(frame.file, root)}
    shown: JsonDict = {key: known.pop(key) for key in _FRAME_KEYS}
    return {**shown, "extra": known}


def _read_stack(stack: list[JsonDict], root: Path) -> Stack:
    return tuple(_read_frame(frame, root) for frame in stack)


def _read_frame(frame: JsonDict, root: Path) -> Frame:
    known = {key: frame[key] for key in _FRAME_KEYS} | frame["extra"]
    return Frame(**known | {"file": absolute(frame["file"], root)})


def _origin(handover: Handover | None, root: Path) -> JsonDict | None:
    if handover is None:
        return None
    origin, site = handover.origin, handover.site
    return {
        "kind": origin.kind,
        "file": site.file if site else None,
        "line": site.line if site else None,
        "function": site.function if site else None,
        "expression": site.expression if site else None,
        "thread": origin.thread,
        "stack": _stack(origin.stack, root),
        "origin": _origin(handover.parent, root),
        "extra": {
            "column": site.column if site else None,
            "end_column": site.end_column if site else None,
            "request": _request(origin.request),
            "test": origin.test,
            "inline": origin.inline,
        },
    }


def _read_origin(entry: JsonDict | None, root: Path) -> Handover | None:
    if entry is None:
        return None
    extra = entry["extra"]
    parent = _read_origin(entry["origin"], root)
    origin = Origin(
        kind=entry["kind"],
        stack=_read_stack(entry["stack"], root),
        thread=entry["thread"],
        request=_read_request(extra["request"]),
        test=extra["test"],
        inline=extra["inline"],
        parent=parent.origin if parent else None,
    )
    site = _read_site(entry | extra) if entry["file"] is not None else None
    return Handover(origin, site, parent)


def _bleed(bleed: Bleed | None) -> JsonDict | None:
    if bleed is None:
        return None
    steps = [step._asdict() for step in bleed.steps]
    return {**bleed._asdict(), "visits": list(bleed.visits), "steps": steps}


def _read_bleed(entry: JsonDict | None) -> Bleed | None:
    if entry is None:
        return None
    steps = tuple(BleedStep(**step) for step in entry["steps"])
    return Bleed(**{**entry, "visits": tuple(entry["visits"]), "steps": steps})


def _request(request: RequestFact | None) -> JsonDict | None:
    return None if request is None else request._asdict()


def _read_request(entry: JsonDict | None) -> RequestFact | None:
    return None if entry is None else RequestFact(**entry)


def _context(context: ContextFact | None) -> JsonDict | None:
    if context is None:
        return None
    request = _request(context.request) or {"method": None, "rule": None, "endpoint": None}
    extra = {
        "beneath",
        "brought",
        "of_request",
        "outside",
        "own",
        "owner_waits",
        "same_app",
        "same_request",
    }
    return {
        **request,
        "owner_thread": context.owner,
        "over": context.over,
        "extra": {name: getattr(context, name) for name in sorted(extra)},
    }


def _read_context(entry: JsonDict | None) -> ContextFact | None:
    if entry is None:
        return None
    request = {key: entry[key] for key in ("method", "rule", "endpoint")}
    return ContextFact(
        request=None if request["method"] is None else _read_request(request),
        owner=entry["owner_thread"],
        over=entry["over"],
        **entry["extra"],
    )
