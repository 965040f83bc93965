"""What stands in a line: instructions that may touch what threads share, uses of proxies."""

from __future__ import annotations

import dis
from collections.abc import Mapping
from functools import lru_cache
from types import CodeType, ModuleType

from pytest_flaskctx.flasknames import is_proxy

_SHARING = (
    "LOAD_GLOBAL",
    "LOAD_NAME",
    "LOAD_DEREF",
    "LOAD_ATTR",
    "LOAD_SUPER_ATTR",
    "LOAD_METHOD",
    "BINARY_SUBSCR",
    "BINARY_SLICE",
    "CONTAINS_OP",
    "FOR_ITER",
    "STORE_GLOBAL",
    "STORE_NAME",
    "STORE_DEREF",
    "STORE_ATTR",
    "STORE_SUBSCR",
    "STORE_SLICE",
    "DELETE_",
    "CALL",
)
_NOT = ("CALL_INTRINSIC",)


@lru_cache(maxsize=4096)
def sharing(code: CodeType) -> frozenset[int]:
    """Return the offsets of the instructions of ``code`` that may touch shared state.

    The first of a line is left out: the line itself is a switch point.
    """
    offsets, line, fresh = set(), None, True
    for each in dis.get_instructions(code):
        starts = each.starts_line
        if starts is not None and starts is not False:
            at = starts if type(starts) is int else each.line_number  # type: ignore[attr-defined]
            fresh, line = at != line, at
        # From Python 3.14 on a subscript is an operation among others.
        subscript = each.opname == "BINARY_OP" and each.argrepr.startswith("[")
        if subscript or (each.opname.startswith(_SHARING) and not each.opname.startswith(_NOT)):
            if not fresh:
                offsets.add(each.offset)
            fresh = False
    return frozenset(offsets)


_PROXIES = frozenset({"request", "session", "g", "current_app", "app_ctx", "request_ctx"})


def proxy_lines(code: CodeType, names: Mapping[str, object]) -> frozenset[int]:
    """Return the lines of ``code`` that use a proxy, whatever it is called there.

    Args:
        code: a function of an extension.
        names: the global names that it knows.
    """
    known = {name for name in code.co_names if is_proxy(names.get(name))}
    flasks = {name for name in code.co_names if _is_flask(names.get(name))}
    if not known and not (flasks and _PROXIES.intersection(code.co_names)):
        return frozenset()
    lines, of_flask = set(), False
    for each in dis.get_instructions(code):
        is_global = each.opname == "LOAD_GLOBAL"
        if (is_global and each.argval in known) or (of_flask and each.argval in _PROXIES):
            lines.add(line_of(code, each.offset))
        of_flask = is_global and each.argval in flasks
    return frozenset(lines)


def _is_flask(thing: object) -> bool:
    return type(thing) is ModuleType and thing.__name__ == "flask"


# None of them calls anything, and only at calls and loops a thread of today's Python makes room for another.
_CALLING_NOTHING = (
    "CACHE",
    "COPY",
    "EXTENDED_ARG",
    "LOAD_CONST",
    "LOAD_FAST",
    "LOAD_GLOBAL",
    "LOAD_SMALL_INT",
    "NOP",
    "POP_TOP",
    "PUSH_NULL",
    "STORE_FAST",
    "STORE_GLOBAL",
    "SWAP",
)


def adjoin(code: CodeType, written: int, read: int, name: str) -> bool:
    """Whether nothing is called from the store of ``name`` on one line to its load on another.

    There a thread of a Python that has a GIL is not interrupted.

    Args:
        code: the function.
        written: the line that stores it.
        read: the line that loads it.
        name: a global.
    """
    stored = False
    for each in dis.get_instructions(code):
        line = line_of(code, each.offset)
        if each.opname == "STORE_GLOBAL" and each.argval == name and line == written:
            stored = True
        elif each.opname == "LOAD_GLOBAL" and each.argval == name and line == read and stored:
            return True
        elif not each.opname.startswith(_CALLING_NOTHING):
            stored = False
    return False


def line_of(code: CodeType, offset: int) -> int:
    """Return the line of the instruction at ``offset``."""
    return _lines(code).get(offset, code.co_firstlineno)


@lru_cache(maxsize=4096)
def _lines(code: CodeType) -> dict[int, int]:
    return {
        offset: line
        for start, end, line in code.co_lines()
        if line is not None
        for offset in range(start, end, 2)
    }
