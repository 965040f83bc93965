"""A task function's parameters, and one more behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from pytest_flaskctx.repairs.layout import Space, appended
from pytest_flaskctx.repairs.modules import Module
from pytest_flaskctx.repairs.references import is_method


def positional(module: Module, function: cst.FunctionDef) -> int | None:
    """Return how many positional arguments a function takes, besides the object of a method.

    ``None`` where a further parameter can only be given by keyword.
    """
    params = function.params
    plain = [*params.posonly_params, *params.params]
    if any(each.default is not None for each in plain) or params.kwonly_params:
        return None
    if isinstance(params.star_arg, cst.Param | cst.ParamStar):
        return None
    return len(plain) - is_method(module, function)


def annotated(function: cst.FunctionDef) -> bool:
    """Whether a function tells the types of all that it takes, or at least of what it returns."""
    params = function.params
    every = [*params.posonly_params, *params.params, *params.kwonly_params]
    told = [p.annotation is not None for p in every if p.name.value not in ("self", "cls")]
    return all(told) if told else function.returns is not None


def extended(
    function: cst.FunctionDef, new: Sequence[cst.Param], *, by_position: bool
) -> cst.FunctionDef:
    """Return a function with further parameters.

    Args:
        function: the function.
        new: the parameters.
        by_position: whether they may be given by position.
    """
    params, opening = function.params, function.whitespace_before_params
    for each in new:
        params = (_further if by_position else _keyword_only)(params, each, opening)
    return function.with_changes(params=params)


def _further(params: cst.Parameters, new: cst.Param, opening: Space) -> cst.Parameters:
    if params.star_kwarg is not None or not params.params:
        return params.with_changes(params=[*params.params, new])
    return params.with_changes(params=appended(params.params, new, opening))


def _keyword_only(params: cst.Parameters, new: cst.Param, opening: Space) -> cst.Parameters:
    if params.kwonly_params and params.star_kwarg is None:
        return params.with_changes(kwonly_params=appended(params.kwonly_params, new, opening))
    changes: dict[str, Any] = {"kwonly_params": [*params.kwonly_params, new]}
    if not isinstance(params.star_arg, cst.Param | cst.ParamStar):
        changes |= {"star_arg": cst.ParamStar(), "params": _with_comma(params.params)}
    return params.with_changes(**changes)


def _with_comma(params: Sequence[cst.Param]) -> list[cst.Param]:
    """Let the commas be written anew behind the last: the star follows on its line."""
    return [*params[:-1], *(p.with_changes(comma=cst.MaybeSentinel.DEFAULT) for p in params[-1:])]
