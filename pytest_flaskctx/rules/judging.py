"""What an access means: which rule it breaks, if any, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pytest_flaskctx.rules import carried, eager, unbound
from pytest_flaskctx.rules.exempt import called_by_user, librarys_own, never_counts

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access, FileKind
    from pytest_flaskctx.rules.base import Rule, RuleLevel


class Judgement(NamedTuple):
    """What an access means.

    Attributes:
        rule: the rule that it breaks.
        library: whether a library made it on its own account, its result staying inside it.
        level: where it fails in this case; ``None`` for where its rule does.
    """

    rule: Rule
    library: bool = False
    level: RuleLevel | None = None


class Aftermath(NamedTuple):
    """What became of the errors of an access.

    Attributes:
        paths: for each, the files that it passed through, the one that caught it first.
        escaped: whether one left its task.
    """

    paths: frozenset[tuple[str, ...]] = frozenset()
    escaped: bool = False


NOTHING_RAISED = Aftermath()


def judge(
    access: Access, aftermath: Aftermath, classify: Callable[[str], FileKind]
) -> Judgement | None:
    """Return what ``access`` means, ``None`` where it is right.

    Args:
        access: the fact.
        aftermath: what became of its errors.
        classify: tells whose code a file is.
    """
    if never_counts(access):
        return None
    bound = access.context is not None
    rule = _broken(access)
    if rule is None:
        return None
    library = librarys_own(access, aftermath, classify)
    # Of a use that failed nowhere it is not known what would have become of its error.
    if bound and called_by_user(access.stack):
        library = False
    return Judgement(rule, library, _level(access))


def _broken(access: Access) -> Rule | None:
    if access.context is None or unbound.by_luck(access):
        return unbound.broken(access)
    return eager.broken(access) if eager.concerns(access) else carried.broken(access)


def _level(access: Access) -> RuleLevel | None:
    if access.context is None or unbound.by_luck(access):
        return None
    return eager.level(access) if eager.concerns(access) else carried.level(access)


def message(rule: Rule, access: Access, aftermath: Aftermath = NOTHING_RAISED) -> str:
    """Return what is wrong with ``access``, in one sentence without a full stop."""
    if rule is eager.EAGER_TASK_ACCESS:
        return eager.message(access)
    if access.context is not None and not unbound.by_luck(access):
        return carried.message(rule, access, access.context)
    return unbound.message(rule, access, answered=not aftermath.paths)
