"""A proxy, or a real object, that is handed over: the user's own call, with a value in its place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.hints.case import Case
from pytest_flaskctx.hints.names import plain_name
from pytest_flaskctx.hints.sharing import WORK
from pytest_flaskctx.hints.syntax import Source, called, read
from pytest_flaskctx.hints.values import Use, Value, use_of, value_of, wants_app
from pytest_flaskctx.hints.words import assignment, code, short

Uses = Callable[[str, int | str], Sequence[str]]
"""Returns how a function, of this name, uses a parameter, by its place or its name."""

_LEAD = "Read what the task needs before it is handed over, and pass that:"
_APP = "Pass the application itself:"
_MOST = 4
_REAL = "_get_current_object"
_PLACES = {**WORK, "partial": (0, "func")}
_IN_TUPLES = {"apply", "apply_async", "Thread", "Timer"}


class _Place(NamedTuple):
    """Where a proxy stands in a call.

    Attributes:
        node: what stands there: the proxy, or what asks for the object behind it.
        root: how the proxy is spelt.
        work: the function whose parameter it becomes; empty where that is not known.
        parameter: which one, by its place or its name.
        keyword: the argument that it is the value of.
    """

    node: ast.expr
    root: str
    work: str = ""
    parameter: int | str = 0
    keyword: ast.keyword | None = None


def given_itself(case: Case) -> list[str]:
    """Return how the hand-over of ``case`` hands a value over, if it handed the proxy itself.

    Nothing where it did not, or where another function than the one handed over uses it.
    """
    renamed = case.root.isidentifier() and case.root != case.proxy
    if not (renamed and case.call and case.in_request) or case.nested or case.elsewhere:
        return []
    asked: list[str] = []

    def uses(work: str, _: int | str) -> Sequence[str]:
        asked.append(work)
        return (case.chain,) if work == plain_name(case.function) else ()

    lines = own_values([case.proxy], case.call, case.handing, case.kind, uses)
    known = case.proxy == "current_app" or asked == [plain_name(case.function)]
    return lines if known else []


def own_values(
    names: Sequence[str], call: str, handing: str, kind: OriginKind | None, uses: Uses
) -> list[str]:
    """Return how ``call`` hands values over in the place of proxies; nothing if it does not say.

    Args:
        names: the proxies that are handed over, themselves or the objects behind them.
        call: the source of the hand-over.
        handing: qualified name of the function that hands over.
        kind: by which mechanism it is one.
        uses: tells how a function uses a parameter.
    """
    assigned, said = [], []
    for name in dict.fromkeys(names):
        source = read(call)
        place = _place(source, name) if source is not None else None
        if source is None or place is None or name == "app_ctx":
            return []
        case = _case(name, place, call, handing, kind)
        known = _known(case, uses(place.work, place.parameter) if place.work else ())
        values = known or [_guessed(case)]
        call = _edited(source, place, [value.name for value in values], known=bool(known))
        assigned += [assignment(value) for value in values]
        said += [_take(place.work, known)] if known else []
        said += list(dict.fromkeys(value.note for value in values if value.note))
    lead = _APP if set(names) == {"current_app"} and not said else _LEAD
    return [lead, *code((*assigned, call)), *said]


def _case(name: str, place: _Place, call: str, handing: str, kind: OriginKind | None) -> Case:
    return Case(
        proxy=name,
        extension=False,
        operation="",
        expression="",
        chain="",
        root=place.root,
        writes=False,
        function=place.work,
        kind=kind,
        call=call,
        handing=handing,
        in_request=True,
        inline=False,
        caught_at_guard=False,
    )


def _known(case: Case, chains: Sequence[str]) -> list[Value]:
    """Return the values that a task uses; none where it uses the whole, or too many."""
    read_by = [_read_by(case, chain) for chain in chains]
    # As the function that hands over spells it.
    values = [
        value._replace(expression=value.expression.replace(case.proxy, case.root, 1))
        for value in (value_of(each, use) for each, use in read_by)
    ]
    if any(value.example for value in values) or any(wants_app(*each) for each in read_by):
        return []
    different = list({value.expression: value for value in values}.values())
    names = {value.name for value in different}
    return different if len(names) == len(different) <= _MOST else []


def _guessed(case: Case) -> Value:
    """Return what a task is likely to use."""
    if case.proxy == "current_app":
        return Value("app", f"{case.root}.{_REAL}()", case.root)
    return value_of(case._replace(expression=case.root), None)


def _take(work: str, values: Sequence[Value]) -> str:
    names = _listed([f"`{value.name}`" for value in values])
    instead = _listed([f"`{short(value.instead_of)}`" for value in values])
    return f"Let `{work}` take {names}, and use {'it' if len(values) == 1 else 'them'} in place of {instead}."


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _read_by(case: Case, chain: str) -> tuple[Case, Use | None]:
    source = read(chain)
    names = (
        [node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)] if source else []
    )
    used = case._replace(expression=chain, chain=chain, root=names[-1] if names else "")
    return used, use_of(used)


def _edited(source: Source, place: _Place, names: Sequence[str], *, known: bool) -> str:
    word = place.keyword
    if not known or word is None:
        return source.replacing(place.node, ", ".join(names))
    whole = source.text.encode()
    text = ", ".join(f"{name}={name}" for name in names).encode()
    return (whole[: word.col_offset] + text + whole[word.end_col_offset :]).decode()


def _place(source: Source, name: str) -> _Place | None:
    """Return where ``source`` hands ``name`` over, ``None`` where that is in no or several places."""
    parents = {
        child: node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)
    }
    spelt = [each for each in parents if isinstance(each, ast.expr) and _is_spelt(each, name)]
    if len(spelt) != 1:
        return None
    node: ast.expr = spelt[0]
    root = source.of(node)
    around = parents[node]
    asked = parents.get(around)
    if isinstance(asked, ast.Call) and asked.func is around and ast.unparse(around).endswith(_REAL):
        node = asked
    return _argument(_Place(node, root), parents)


def _is_spelt(node: ast.expr, name: str) -> bool:
    match node:
        case ast.Name(id=found) | ast.Attribute(value=ast.Name(id="flask"), attr=found):
            return found == name
    return False


def _argument(place: _Place, parents: dict[ast.AST, ast.AST]) -> _Place | None:
    """Return ``place`` with the parameter that it becomes, ``None`` where it is no argument."""
    match (parents.get(place.node), place.node):
        case (ast.keyword(arg=str(word)) as keyword, _):
            work, _ = _work(parents[keyword])
            return place._replace(work=work, parameter=word, keyword=keyword)
        case (ast.Tuple() | ast.List() as given, node):
            return place._replace(work=_of_tuple(given, parents), parameter=given.elts.index(node))
        case (ast.Call(func=func, args=args) as call, node) if func is not node:
            work, behind = _work(call)
            number = args.index(node) - behind - 1
            return place._replace(work=work if number >= 0 else "", parameter=number)
    return None


def _of_tuple(given: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    """Return the name of the function whose arguments a tuple holds."""
    around = parents.get(given)
    if isinstance(around, ast.keyword):
        around = parents[around] if around.arg == "args" else None
    known = isinstance(around, ast.Call) and called(around) in _IN_TUPLES
    return _work(around)[0] if around is not None and known else ""


def _work(call: ast.AST) -> tuple[str, int]:
    """Return the name of the function that ``call`` hands over, and at which place it does."""
    if not isinstance(call, ast.Call) or called(call) not in _PLACES:
        return "", 0
    place, word = _PLACES[called(call)]
    named = [each.value for each in call.keywords if each.arg == word]
    given = [*named, *call.args[place : place + 1]]
    plain = not any(isinstance(each, ast.Starred) for each in call.args)
    return (given[0].id, place) if plain and given and isinstance(given[0], ast.Name) else ("", 0)
