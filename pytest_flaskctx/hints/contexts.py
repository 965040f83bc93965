"""A hand-over's call, less the context that its work runs in: ``pool.submit(ctx.run, work)``."""

from __future__ import annotations

import ast

from pytest_flaskctx.hints.names import plain_name
from pytest_flaskctx.hints.syntax import Source, called, last_name, read

WORK = {"target", "function", "func", "fn"}


def without_context(source: Source, function: str) -> Source:
    """Return a hand-over less the context that its work runs in: ``submit(ctx.run, work)``.

    Args:
        source: the expression that hands over.
        function: qualified name of the function that runs.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            edited = _Edit(source, node, plain_name(function)).edited()
            if edited is not None:
                return read(source.replacing(node, ast.unparse(edited))) or source
    return source


class _Edit:
    """One call, with its context taken out."""

    def __init__(self, source: Source, node: ast.Call, function: str) -> None:
        self.source = source
        self.node = node
        self.function = function

    def edited(self) -> ast.Call | None:
        """Return the call without its context, ``None`` where it has none."""
        node = self.node
        if self._runs(node.func, node.args[:1]):
            return self._call(node.args[0], node.args[1:], node.keywords)
        for place, arg in enumerate(node.args):
            if self._runs(arg, node.args[place + 1 : place + 2]):
                return self._call(node.func, self._dropped(place), node.keywords)
        words = {word.arg: word for word in node.keywords if word.arg}
        if (work := self._work(words)) is not None:
            return work
        kept = [word for word in node.keywords if word.arg != "context"]
        return self._call(node.func, node.args, kept) if len(kept) < len(words) else None

    def _dropped(self, place: int) -> list[ast.expr]:
        """Return the arguments without the one at ``place``: what follows is the work itself."""
        before, following = self.node.args[:place], self.node.args[place + 1]
        after = self.node.args[place + 2 :]
        if not isinstance(following, ast.Tuple | ast.List):
            return [*before, following, *after]
        return [*before, following.elts[0], *self._rest(following), *after]

    def _work(self, words: dict[str, ast.keyword]) -> ast.Call | None:
        """Take the context out of ``Thread(target=ctx.run, args=(work, a))``."""
        args = words["args"].value if "args" in words else None
        if not isinstance(args, ast.Tuple | ast.List):
            return None
        by_word = next((name for name in WORK & set(words)), "")
        given = words[by_word].value if by_word else (self.node.args or [ast.Constant(None)])[-1]
        if not self._runs(given, [args]):
            return None
        rest = [ast.keyword("args", each) for each in self._rest(args)]
        others = [word for word in self.node.keywords if word.arg not in (by_word, "args")]
        if by_word:
            others.insert(0, ast.keyword(by_word, args.elts[0]))
            return self._call(self.node.func, self.node.args, [*others, *rest])
        return self._call(self.node.func, [*self.node.args[:-1], args.elts[0]], [*others, *rest])

    @staticmethod
    def _rest(args: ast.Tuple | ast.List) -> list[ast.expr]:
        return [type(args)(elts=args.elts[1:], ctx=ast.Load())] if len(args.elts) > 1 else []

    def _runs(self, given: ast.expr, following: list[ast.expr]) -> bool:
        """Whether ``given`` is the ``run`` of a context, and what follows the function to run."""
        if not isinstance(given, ast.Attribute) or given.attr != "run" or not following:
            return False
        first = following[0]
        if isinstance(first, ast.Tuple | ast.List):
            if not first.elts:
                return False
            first = first.elts[0]
        if isinstance(first, ast.Starred):
            return False
        known = called(given.value) == "copy_context"
        named = any(word in ast.unparse(given.value).lower() for word in ("context", "ctx"))
        return known or named or last_name(first) == self.function

    def _call(self, func: ast.expr, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.Call:
        words = [ast.keyword(word.arg, self._spelt(word.value)) for word in keywords]
        return ast.Call(self._spelt(func), [self._spelt(arg) for arg in args], words)

    def _spelt(self, node: ast.expr) -> ast.expr:
        """Return ``node`` as a name that is spelt just as the user spelt the whole of it."""
        if isinstance(node, ast.Tuple | ast.List) and not hasattr(node, "lineno"):
            return type(node)(elts=[self._spelt(each) for each in node.elts], ctx=ast.Load())
        if isinstance(node, ast.Starred):
            return ast.Starred(self._spelt(node.value), ast.Load())
        return ast.Name(self.source.of(node), ast.Load())
