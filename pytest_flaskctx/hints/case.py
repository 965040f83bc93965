"""What a hint needs to know of a finding: strings and flags, read from the sources beforehand."""

from typing import Literal, NamedTuple

from pytest_flaskctx.facts import OriginKind

Bound = Literal["", "over", "lent", "foreign"]
"""What is wrong with a context that was bound; empty where none was, or one by luck."""


class Case(NamedTuple):
    """One use of a proxy in a task, in the words of the user's own code.

    Attributes:
        proxy: name of the proxy or function, such as ``request``, ``url_for``, ``current_user``.
        extension: whether the proxy belongs to an extension, not to Flask.
        operation: what asked for the object behind it, as in :class:`~pytest_flaskctx.facts.Access`.
        expression: what is underlined, such as ``request.args`` or ``{incoming}``.
        chain: the longest attribute, subscript or call chain that starts with it, such as
            ``request.args["user"]``; equal to ``expression`` where there is no longer one.
        root: how the code names the proxy, such as ``flask.request`` or ``incoming``; empty where
            that is unknown. ``db.session`` where a library stands between.
        writes: whether it is assigned to, deleted or augmented.
        function: qualified name of the function that uses it.
        kind: by which mechanism its task was handed over; ``None`` where no task is known.
        call: source of the hand-over, such as ``pool.submit(work)`` or ``t.start()``; empty where
            that is unknown.
        handing: qualified name of the function that handed over; empty where that is unknown.
        in_request: whether that function was serving a request.
        inline: whether the task ran at once, in the thread that handed it over.
        caught_at_guard: whether a guard decides a branch there (FCX102).
        nested: whether the function that handed over was itself running in a task.
        bound: what is wrong with the context that was bound.
        inherited: whether that came with the thread, from whoever started it.
        by_library: whether a library handed it over on its own account: a scheduler, say.
        elsewhere: whether the task ran in another process.
        of_library: whether the function that uses the proxy is a library's.
        through_library: whether a library handed over what the user's code gave it.
    """

    proxy: str
    extension: bool
    operation: str
    expression: str
    chain: str
    root: str
    writes: bool
    function: str
    kind: OriginKind | None
    call: str
    handing: str
    in_request: bool
    inline: bool
    caught_at_guard: bool
    nested: bool = False
    bound: Bound = ""
    inherited: bool = False
    by_library: bool = False
    elsewhere: bool = False
    of_library: bool = False
    through_library: bool = False
