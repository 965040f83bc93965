"""From findings to diffs: which go together, and what becomes of those that do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.diffs import unified
from pytest_flaskctx.repairs.leaks import Leak, leak_of
from pytest_flaskctx.repairs.outcome import RefusedError, Repair
from pytest_flaskctx.repairs.plans import Bench
from pytest_flaskctx.repairs.project import Project

Left = list[tuple[Finding, str]]


def alone(finding: Finding, root: Path) -> Repair:
    """Return the repair of one finding by itself."""
    bench = Bench(Project(root))
    try:
        bench.add([leak_of(bench.project, finding)])
    except RefusedError as error:
        return Repair(None, error.reason)
    except Exception as error:
        return Repair(None, reasons.INTERNAL.format(error))
    return Repair(_diff(bench, bench.project.root)[0], "")


def together(findings: Sequence[Finding], root: Path, base: Path) -> tuple[str, Left]:
    """Return one diff with the repairs of all findings that can be, and those that cannot."""
    bench = Bench(Project(root))
    refused: dict[int, str] = {}
    tasks: dict[int, list[tuple[int, Leak]]] = {}
    for number, finding in enumerate(findings):
        try:
            leak = leak_of(bench.project, finding)
            tasks.setdefault(id(leak.task), []).append((number, leak))
        except RefusedError as error:
            refused[number] = error.reason
        except Exception as error:
            refused[number] = reasons.INTERNAL.format(error)
    for group in sorted(tasks.values(), key=_place):
        if said := _added(bench, [leak for _, leak in group], base):
            refused |= {number: said for number, _ in group}
    return _diff(bench, base.resolve())[0], [(findings[n], refused[n]) for n in sorted(refused)]


def _place(group: Sequence[tuple[int, Leak]]) -> tuple[str, int]:
    first = group[0][1].place
    return first.module.name, first.module.line(first.call)


def _added(bench: Bench, leaks: Sequence[Leak], base: Path) -> str:
    """Add a task's repair; return why there is none, empty where there is one."""
    for module in {leak.module.path: leak.module for leak in leaks} | {
        leak.place.module.path: leak.place.module for leak in leaks
    }:
        if not module.is_relative_to(base.resolve()):
            shown = module.relative_to(bench.project.root).as_posix()
            return reasons.NOT_BENEATH.format(shown, base)
    try:
        bench.add(leaks)
    except RefusedError as error:
        return error.reason
    except Exception as error:
        return reasons.INTERNAL.format(error)
    return ""


def _diff(bench: Bench, base: Path) -> tuple[str, Iterable[Path]]:
    parts = []
    for path, edits in sorted(bench.edits.items()):
        before, after = edits.module.bom + edits.module.text, edits.module.bom + edits.result()
        if before != after:
            parts.append(unified(path.relative_to(base).as_posix(), before, after))
    return "".join(parts), bench.edits
