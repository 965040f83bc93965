"""From findings to diffs: which go together, and what becomes of those that do not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pytest_flaskctx.failures import told
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.diffs import unified
from pytest_flaskctx.repairs.leaks import Leak, leak_of
from pytest_flaskctx.repairs.outcome import RefusedError, Repair
from pytest_flaskctx.repairs.plans import Bench
from pytest_flaskctx.repairs.project import Project

Left = list[tuple[Finding, str]]


def alone(finding: Finding, project: Project) -> Repair:
    """Return the repair of one finding by itself."""
    try:
        bench = Bench(project)
        bench.add([leak_of(bench.project, finding)])
        return Repair(_diff(bench, bench.project.root), "")
    except Exception as error:  # a repair of ours that fails is none, and says so
        return Repair(None, _said(error))


def together(findings: Sequence[Finding], root: Path, base: Path) -> tuple[str, Left]:
    """Return one diff with the repairs of all findings that can be, and those that cannot."""
    try:
        return _together(findings, root, Path(os.path.realpath(base)))
    except Exception as error:  # likewise, of all of them
        return "", [(finding, _said(error)) for finding in findings]


def _said(error: Exception) -> str:
    """Return why there is no repair: of ours, too, nothing is ever raised."""
    return error.reason if isinstance(error, RefusedError) else reasons.INTERNAL.format(told(error))


def _together(findings: Sequence[Finding], root: Path, base: Path) -> tuple[str, Left]:
    bench = Bench(Project(root, base))
    refused: dict[int, str] = {}
    tasks: dict[int, list[tuple[int, Leak]]] = {}
    for number, finding in enumerate(findings):
        try:
            leak = leak_of(bench.project, finding)
            tasks.setdefault(id(leak.task), []).append((number, leak))
        except Exception as error:  # likewise, of this one
            refused[number] = _said(error)
    for group in sorted(tasks.values(), key=_place):
        try:
            _add(bench, [leak for _, leak in group], base)
        except Exception as error:  # likewise, of these
            refused |= {number: _said(error) for number, _ in group}
    return _diff(bench, base), [(findings[number], refused[number]) for number in sorted(refused)]


def _place(group: Sequence[tuple[int, Leak]]) -> tuple[str, int]:
    first = group[0][1].place
    return first.module.name, first.module.line(first.call)


def _add(bench: Bench, leaks: Sequence[Leak], base: Path) -> None:
    """Add a task's repair, where all of its files lie under ``base``."""
    for module in (each for leak in leaks for each in (leak.module, leak.place.module)):
        if not module.path.is_relative_to(base):
            raise RefusedError(reasons.NOT_BENEATH.format(module.name, base))
    bench.add(leaks)


def _diff(bench: Bench, base: Path) -> str:
    parts = []
    for path, edits in sorted(bench.edits.items()):
        before, after = edits.module.bom + edits.module.text, edits.module.bom + bench.results[path]
        parts.append(unified(path.relative_to(base).as_posix(), before, after))
    return "".join(parts)
