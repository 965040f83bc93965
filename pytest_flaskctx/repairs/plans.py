"""The repair of one task function: its parameters, its uses, and every hand-over of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.bound import check_bound, check_stars
from pytest_flaskctx.repairs.carriers import Change, decorators, may_need
from pytest_flaskctx.repairs.editing import Edits
from pytest_flaskctx.repairs.handovers import STEADY, check_handover, fitted
from pytest_flaskctx.repairs.leaks import Leak
from pytest_flaskctx.repairs.modules import Module, name_of, walk
from pytest_flaskctx.repairs.naming import free, reserved, spelt_in, variables
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.passing import Passed, change_call, given_words, needs_partial, splats
from pytest_flaskctx.repairs.places import Place
from pytest_flaskctx.repairs.project import Project
from pytest_flaskctx.repairs.proxies import PROXIES, bindings, meaning, qualified, roots
from pytest_flaskctx.repairs.reads import CHANGERS, KINDS
from pytest_flaskctx.repairs.references import check_references
from pytest_flaskctx.repairs.signatures import annotated, extended, positional
from pytest_flaskctx.repairs.tasks import check_names, check_task, used_beneath, yields
from pytest_flaskctx.repairs.uses import Use, stored, top, uses_in
from pytest_flaskctx.repairs.values import Value, heir, parameter_for, text_of, values_of


class Bench:
    """What is to be changed in all files, task by task.

    Attributes:
        edits: the changes of each file.
        results: what each file is to hold.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.edits: dict[Path, Edits] = {}
        self.results: dict[Path, str] = {}
        self._names: dict[cst.CSTNode, dict[str, str]] = defaultdict(dict)
        self._closed: dict[cst.CSTNode, frozenset[str]] = {}

    def add(self, leaks: Sequence[Leak]) -> None:
        """Add the repair of one task function, or nothing of it.

        Args:
            leaks: what was found of it, at least one.

        Raises:
            RefusedError: where there is no safe one.
        """
        kept = {path: edits.copy() for path, edits in self.edits.items()}
        names = {node: dict(each) for node, each in self._names.items()}
        closed = dict(self._closed)
        try:
            _Plan(self, leaks).make()
            paths = {leaks[0].module.path, *(leak.place.module.path for leak in leaks)}
            self.results |= {path: self.edits[path].result() for path in paths}
        except BaseException:
            self.edits = kept
            self._names = defaultdict(dict, names)
            self._closed = closed
            raise

    def of(self, module: Module) -> Edits:
        """Return the changes of one file."""
        return self.edits.setdefault(module.path, Edits(self.project, module))

    def names(self, function: cst.CSTNode) -> dict[str, str]:
        """Return the names that a function gets, each with what it is to hold."""
        return self._names[function]

    def closed(self, function: cst.CSTNode) -> frozenset[str]:
        """Return those of its new names that a lambda of a function's closes over."""
        return self._closed.get(function, frozenset())

    def close(self, function: cst.CSTNode, name: str) -> None:
        """Let a name of a function's hold one value for good."""
        self._closed[function] = self.closed(function) | {name}


class _Plan:
    def __init__(self, bench: Bench, leaks: Sequence[Leak]) -> None:
        self.bench = bench
        self.leaks = leaks
        self.module, self.task = leaks[0].module, leaks[0].task

    def make(self) -> None:
        uses = self._checked()
        values = values_of(self.module, self.task, uses, self._given())
        if isinstance(self.task, cst.FunctionDef):
            self._take(self.task, values)
        locals_of = [self._hand_over(leak, values) for leak in self._places()]
        self._replace(uses, values, locals_of[0])

    def _checked(self) -> list[Use]:
        check_task(self.bench.project, self.module, self.task)
        uses = uses_in(self.bench.project, self.module, self.task)
        for leak in self.leaks:
            if not any(_within(self.module, use.root.node, leak.use) for use in uses):
                raise RefusedError(reasons.UNKNOWN_PROXY.format(self.module.short(leak.use)))
        elsewhere = any(leak.elsewhere for leak in self.leaks)
        for use in uses:
            if elsewhere and not KINDS[use.kind].pickled:
                raise RefusedError(reasons.PICKLED.format(self.module.short(use.node)))
        if isinstance(self.task, cst.FunctionDef):
            handed = [(leak.place.module, leak.offer.function) for leak in self._places()]
            check_references(self.bench.project, self.module, self.task, handed)
        self._check_context(uses)
        return uses

    def _check_context(self, uses: Sequence[Use]) -> None:
        """Look whether the task can do without the context that goes along with it."""
        wrapped = decorators(self.module, self.task)
        for leak in self.leaks:
            if leak.bound and not leak.offer.carried and not wrapped:
                raise RefusedError(reasons.CARRIED_UNSEEN)
        carried = wrapped or any(leak.offer.carried for leak in self.leaks)
        read = [use.node for use in uses]
        if carried and (call := may_need(self.bench.project, self.module, self.task, read)):
            raise RefusedError(reasons.CARRIED.format(call))
        for decorator in wrapped:
            self.bench.of(self.module).changes[decorator].append(_gone)

    def _places(self) -> list[Leak]:
        """Return one leak of each hand-over, in the order of the source."""
        found = {id(leak.offer.function): leak for leak in self.leaks}
        return sorted(found.values(), key=lambda each: each.place.module.place(each.place.call))

    def _given(self) -> set[str]:
        """Return the names that the task's parameters may not have."""
        words = (given_words(leak.place.call) for leak in self._places())
        return set(self.bench.names(self.task)).union(*words)

    def _take(self, task: cst.FunctionDef, values: Sequence[Value]) -> None:
        typed, by_position = annotated(task), positional(self.module, task) is not None
        params = [parameter_for(value, typed=typed) for value in values]
        # It may hand over itself: no value that it reads then may take a parameter's name.
        self.bench.names(task).update({value.parameter: "" for value in values})
        self.bench.of(self.module).changes[task].append(
            lambda node: extended(
                cst.ensure_type(node, cst.FunctionDef), params, by_position=by_position
            )
        )

    def _hand_over(self, leak: Leak, values: Sequence[Value]) -> dict[str, str]:
        """Let one hand-over carry the values; return what it calls each, by its text."""
        place, offer = leak.place, fitted(self.bench.project, leak.offer)
        self._check_place(leak, values)
        edits = self.bench.of(place.module)
        passed = [Passed(value.parameter, self._local(leak, value)) for value in values]
        wanted = None
        if isinstance(self.task, cst.FunctionDef):
            wanted = positional(self.module, self.task)
        partial = self._partial(place.module, place.call) if needs_partial(offer, wanted) else ""
        changed = change_call(place.module, offer, passed, wanted, partial)
        for node, change in (*([changed] if changed is not None else []), *offer.carried):
            edits.changes[node].append(change)
        return {value.text: each.local for value, each in zip(values, passed, strict=True)}

    def _check_place(self, leak: Leak, values: Sequence[Value]) -> None:
        place = leak.place
        if yields(place.function):
            raise RefusedError(reasons.GENERATOR.format(place.function.name.value))
        check_names(place.function)
        takes_any = self.task.params.star_kwarg is not None
        if takes_any and splats(leak.offer):
            raise RefusedError(reasons.KEYWORDS_SPLAT.format(name_of(self.task)))
        _check_statement(place.module, place.statement, self.task)
        self._check_calls(place, values)
        check_handover(self.bench.project, place, values, self.task)
        for value in values:
            if place.skipped and value.use.raises:
                raise RefusedError(reasons.SKIPPED_HANDOVER.format(value.text))
            if place.caught and value.use.raises:
                raise RefusedError(reasons.CAUGHT.format(value.text))
            closes = leak.offer.way in ("closure", "direct")
            if closes and value.use.root.proxy not in STEADY and _in_loop(place.module, place.call):
                raise RefusedError(reasons.CLOSURE_IN_LOOP.format(value.text))

    def _check_calls(self, place: Place, values: Sequence[Value]) -> None:
        """Look whether what the statement calls besides may change what is read before it."""
        changeable = [value for value in values if value.use.root.proxy not in STEADY]
        tasks = {id(leak.offer.function) for leak in self.leaks}
        for node in walk(place.statement) if changeable else ():
            if not isinstance(node, cst.Call) or id(node.func) in tasks:
                continue
            if found := used_beneath(self.bench.project, place.module, node.func, self.task):
                raise RefusedError(reasons.STATEMENT_CALLS.format(*found))

    def _local(self, leak: Leak, value: Value) -> str:
        """Let the view read a value before the hand-over, and return what it calls it."""
        place, proxy = leak.place, value.use.root.proxy
        spelt = self._spelt(place.module, place.call, value.use)
        text = text_of(self.module, value.use, spelt)
        names = self.bench.names(place.function)
        closes = leak.offer.way in ("closure", "direct")
        name, again = ("", False) if closes else self._known(place, proxy, text)
        if not name:
            taken = variables(place.module, place.function) | reserved(place.module)
            # What a scope in it calls its own would hide a name of the function's around it.
            taken |= spelt_in(place.module, place.statement)
            name = free(value.wanted, proxy, taken, names)
        names[name] = text
        if closes:
            self.bench.close(place.function, name)
        if not again:
            self.bench.of(place.module).before[place.statement][name] = text
        return name

    def _known(self, place: Place, proxy: str, text: str) -> tuple[str, bool]:
        """Return a name that holds a value already, and whether it needs no reading again."""
        for name, held in self.bench.names(place.function).items():
            if held != text:
                continue
            again = proxy in STEADY and self._read_before(place.module, place.statement, name)
            if again or name not in self.bench.closed(place.function):
                return name, again
        return "", False

    def _read_before(self, module: Module, statement: cst.CSTNode, name: str) -> bool:
        """Whether the same block reads a value already, above a statement."""
        body = getattr(module.parent(statement), "body", ())
        before = takewhile(lambda each: each is not statement, body)
        put = self.bench.of(module).before
        return any(name in put.get(each, {}) for each in [*before, statement])

    def _spelt(self, module: Module, node: cst.CSTNode, use: Use) -> str:
        """Return how a proxy is named where the task is handed over."""
        spelt, home = self.module.short(use.root.node), qualified(self.module, use.root.node)
        where, _, name = home.rpartition(".")
        for known in (spelt, name):
            if _same(meaning(module, node, known), home):
                check_bound(module, node, known)
                return known
        if bindings(module, node, name) or name in variables(module, module.tree):
            raise RefusedError(reasons.NO_PROXY_THERE.format(spelt, module.name))
        self._import(module, where, name)
        return name

    def _import(self, module: Module, home: str, name: str) -> None:
        check_stars(module, name)
        self.bench.of(module).imports.setdefault((home, name))

    def _partial(self, module: Module, node: cst.CSTNode) -> str:
        for spelt in ("partial", "functools.partial"):
            if meaning(module, node, spelt) == "functools.partial":
                check_bound(module, node, spelt)
                return spelt
        if bindings(module, node, "partial") or "partial" in variables(module, module.tree):
            raise RefusedError(reasons.NO_PARTIAL.format(module.name))
        self._import(module, "functools", "partial")
        return "partial"

    def _replace(self, uses: Sequence[Use], values: Sequence[Value], local: dict[str, str]) -> None:
        """Let the task use what it is given."""
        edits = self.bench.of(self.module)
        by_text = {value.text: value for value in values}
        is_lambda = isinstance(self.task, cst.Lambda)
        dropped = [
            value.statement for value in values if value.statement is not None and not is_lambda
        ]
        for use in uses:
            text = text_of(self.module, use)
            name = local[text] if is_lambda else by_text[text].parameter
            edits.changes[use.node].append(_by_name(name))
        for statement in dropped:
            edits.dropped[statement] = heir(self.module, statement, dropped)


def _gone(_node: cst.CSTNode) -> cst.CSTNode:
    return cst.RemoveFromParent()  # type: ignore[return-value]  # as a visitor may


def _by_name(name: str) -> Change:
    """Return how an expression becomes a name, in the parentheses that it stood in."""

    def change(node: cst.CSTNode) -> cst.CSTNode:
        around = {each: getattr(node, each) for each in ("lpar", "rpar")}
        return cst.Name(name).with_changes(**around)

    return change


def _same(one: str, other: str) -> bool:
    """Whether two dotted names are imported from the same package and mean the same there."""
    if one == other:
        return bool(one)
    package = _package(one) == _package(other)
    return package and one in PROXIES and PROXIES[one] == PROXIES.get(other)


def _package(dotted: str) -> str:
    return dotted.partition(".")[0]


def _within(module: Module, node: cst.CSTNode, whole: cst.CSTNode) -> bool:
    """Whether two expressions are of one chain."""
    chain = [node, *(outer for _, outer in module.parents(node))]
    return whole in chain


def _check_statement(module: Module, statement: cst.CSTNode, task: cst.CSTNode) -> None:
    """Look whether the statement of a hand-over changes a proxy before it hands over."""
    for root in roots(module, statement):
        if _within(module, root.node, task):
            continue
        whole = top(module, root.node)
        calls = [
            n for n in walk(whole) if isinstance(n, cst.Attribute) and n.attr.value in CHANGERS
        ]
        if calls or stored(module, whole):
            raise RefusedError(reasons.STATEMENT_CHANGES.format(module.short(root.node)))


def _in_loop(module: Module, node: cst.CSTNode) -> bool:
    around = (outer for _, outer in module.parents(node))
    inside = takewhile(lambda outer: not isinstance(outer, cst.FunctionDef), around)
    return any(isinstance(outer, cst.For | cst.While | cst.BaseComp) for outer in inside)
