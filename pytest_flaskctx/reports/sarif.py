"""Findings as SARIF 2.1.0, for code scanning.

The file is the same whatever order the findings came in, and whoever ran the tests: no thread, no
process, no count and no time is in it. What code scanning asks beyond the standard is documented
by GitHub as "SARIF support for code scanning".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_flaskctx import rules
from pytest_flaskctx.facts import Stack
from pytest_flaskctx.findings import Bleed, Finding, Handover, JsonDict, Site
from pytest_flaskctx.grouping import group, place
from pytest_flaskctx.reports.sarifplaces import base_ids, location, plain, step
from pytest_flaskctx.reports.sarifrules import INDEX, driver
from pytest_flaskctx.reports.telling import circumstances, request_words, whence_heading
from pytest_flaskctx.source import shown

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT = "flaskctx/v1"
_UNACCUSED = ("allowed", "expected", "known")
_REASONS = {"expected": "The test expects it.", "known": "It is in the baseline."}
_HERE = " here"


def document(findings: Iterable[Finding], *, tool: JsonDict, root: Path) -> JsonDict:
    """Return what the file holds: one result a leak site, sorted by file, line and rule.

    Args:
        findings: all findings of the run, in any order.
        tool: what found them, and with which versions.
        root: the root directory.
    """
    ordered = sorted(group(findings), key=place)
    compared = any(finding.status == "known" for finding in ordered)
    names = _fingerprints(ordered)
    results = [
        {
            **_result(finding, root),
            "partialFingerprints": {FINGERPRINT: name},
            **({"baselineState": _against_baseline(finding)} if compared else {}),
        }
        for finding, name in zip(ordered, names, strict=True)
    ]
    run = {
        "tool": {"driver": driver(tool)},
        "originalUriBaseIds": base_ids(),
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(tool)],
        "results": results,
        "properties": {key: tool[key] for key in ("python", "flask") if key in tool},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(tool: JsonDict) -> JsonDict:
    """Return how the run went: whether a probe switched itself off, so that leaks may be missing."""
    told = [
        {"level": "warning", "message": {"text": f"the probe {probe!r} switched itself off"}}
        for probe in tool.get("disabled_probes", ())
    ]
    return {"executionSuccessful": True, "toolExecutionNotifications": told}


def _fingerprints(findings: list[Finding]) -> list[str]:
    """Return what names each result: its fingerprint, with a number for those that share it.

    What is allowed is numbered last, so that an allowance gives no other result a new name.
    """
    seen: Counter[str] = Counter()
    names: dict[int, str] = {}
    for finding in sorted(findings, key=lambda each: each.status in _UNACCUSED):
        seen[finding.fingerprint] += 1
        number = seen[finding.fingerprint]
        names[id(finding)] = finding.fingerprint + (f":{number}" if number > 1 else "")
    return [names[id(finding)] for finding in findings]


def _against_baseline(finding: Finding) -> str:
    return "unchanged" if finding.status == "known" else "new"


def _result(finding: Finding, root: Path) -> JsonDict:
    known = INDEX.get(finding.code)
    whence = list(_whence(finding))
    flow = _bled(finding.bleed) if finding.bleed else _flow(finding, root)
    return {
        "ruleId": finding.code,
        **({} if known is None else {"ruleIndex": known}),
        "level": "note" if finding.status == "library" else finding.level,
        "message": {"text": _message(finding, whence)},
        "locations": [location(finding.site)],
        "relatedLocations": [
            location(site, _heading(handover, finding), number)
            for number, (handover, site) in enumerate(whence, 1)
        ],
        # A flow of one step shows nothing that the location does not.
        "codeFlows": [{"threadFlows": [{"locations": flow}]}] if len(flow) > 1 else [],
        # Null says that nobody looked, and either none or all of a run's results have it.
        "suppressions": _suppressions(finding),
        "properties": {
            "status": finding.status,
            "phase": finding.phase,
            "proxy": finding.proxy,
            "expression": finding.expression,
            "tests": list(finding.tests),
            "hint": finding.hint,
        },
    }


def _suppressions(finding: Finding) -> list[JsonDict]:
    if finding.status not in _UNACCUSED:
        return []
    reason = finding.reason or _REASONS.get(finding.status, "")
    return [{"kind": "external", **({"justification": reason} if reason else {})}]


def _message(finding: Finding, whence: list[tuple[Handover, Site]]) -> str:
    """Return what is wrong, whence the work came, and the first words on what to do."""
    first = finding.hint.partition("\n")[0].rstrip(":. ")
    parts = [
        plain(finding.message),
        *(_linked(_heading(whence[0][0], finding)) if whence else ()),
        *([plain(first)] if first else ()),
    ]
    return " ".join(f"{part}." for part in parts)


def _heading(handover: Handover, finding: Finding) -> str:
    """Return what happened at one of the hand-overs behind a finding."""
    if handover is finding.handover or handover is finding.started:
        return whence_heading(handover, finding).rstrip(":")
    return f"handed over here, {circumstances(handover)}"


def _linked(heading: str) -> Iterator[str]:
    """Yield a heading as a sentence whose "here" leads to the first related location."""
    text = plain(heading)
    yield (text[:1].upper() + text[1:]).replace(_HERE, " [here](1)", 1)


def _whence(finding: Finding) -> Iterator[tuple[Handover, Site]]:
    """Yield the hand-overs behind a finding, the nearest first, then its thread's start."""
    chains = (_chain(finding.handover), _chain(finding.started))
    for handover in (*chains[0], *chains[1][:1]):
        if handover.site is not None:
            yield handover, handover.site


def _chain(handover: Handover | None) -> list[Handover]:
    chain = []
    while handover is not None:
        chain.append(handover)
        handover = handover.parent
    return chain


def _flow(finding: Finding, root: Path) -> list[JsonDict]:
    """Return the way of the work: the request, each hand-over, the outermost first, the access."""
    chain = _chain(finding.handover or finding.started)[::-1]
    steps = [*_request(finding, chain, root)]
    for depth, handover in enumerate(chain):
        # What was handed over wrongly is found where it was handed over.
        if handover.site is not None and handover.site != finding.site:
            text, order = _heading(handover, finding), len(steps) + 1
            where = handover.site
            steps.append(
                step(order, where, text, kinds=["call"], importance="important", depth=depth)
            )
    rule = rules.find(finding.code)
    text = rule.place.rstrip(":") if rule else finding.message
    kinds, order = ["danger", "usage"], len(steps) + 1
    last = step(order, finding.site, text, kinds=kinds, importance="essential", depth=len(chain))
    return [*steps, last]


def _request(finding: Finding, chain: list[Handover], root: Path) -> Iterator[JsonDict]:
    """Yield the request at whose view the work began, where the view's line is known."""
    request = chain[0].origin.request if chain else finding.request
    view = _view(chain[0].origin.stack if chain else finding.stack, root)
    if request is not None and view is not None:
        text = f"{request_words(request)} is served here"
        yield step(1, view, text, kinds=["enter", "function"], importance="important")


def _view(stack: Stack, root: Path) -> Site | None:
    """Return where the view stood: the outermost line of the user's that Flask dispatched to."""
    ends = [n for n, each in enumerate(stack) if each.function.endswith(".dispatch_request")]
    inside = [each for each in stack[: ends[-1]] if each.kind == "user"] if ends else []
    if not inside:
        return None
    frame = inside[-1]
    return Site(shown(frame.file, root), frame.line, None, None, frame.function, "")


def _bled(bleed: Bleed) -> list[JsonDict]:
    """Return the lines of all participants in the order in which they ran."""
    steps = []
    for order, each in enumerate(bleed.steps, 1):
        site = Site(each.file, each.line, None, None, each.function, each.source)
        text = f"{each.participant} {each.role or 'runs'}: {each.source}"
        steps.append(
            step(
                order,
                site,
                text,
                kinds=["danger", "usage"] if each.role else ["usage"],
                importance="essential" if each.role else "unimportant",
            )
        )
    return steps
