"""What the probes saw: frozen records of strings, numbers and tuples.

Nothing here keeps a frame, a thread, a request or an exception alive, so a record may be kept for
a whole test run, sent to another process or written to a file.

Modules of records do without the ``annotations`` of ``__future__``: ``typing.NamedTuple`` compiles
each annotation that is text while the class is made, which is half of what such a class costs.
"""

from typing import Literal, NamedTuple

OriginKind = Literal[
    "submit",
    "map",
    "thread",
    "timer",
    "threadpool",
    "process",
    "processpool",
    "run_in_executor",
    "to_thread",
    "callback",
    "eager",
    "greenlet",
]
"""By which mechanism a task was handed over."""

IncidentKind = Literal[
    "proxy-handed-over",
    "shared-context",
    "lent-context",
    "outlives-request",
    "escaped-object",
    "lost-session-write",
    "left-context",
    "left-worker-context",
    "outer-context",
    "retained-request",
]
"""What else than an access may be wrong; each kind is one rule's."""

FileKind = Literal["user", "flask", "werkzeug", "stdlib", "pytest", "flaskctx", "library"]
"""Whose code a file is; only ``user`` frames are shown unless asked for more."""


class Frame(NamedTuple):
    """One entry of a stack: where a thread stood, to the column.

    Attributes:
        file: absolute path of the source file, or a name such as ``<string>``.
        line: line number, counted from 1.
        function: qualified name of the function.
        end_line, column, end_column: extent of the expression that ran; columns are counted from
            0 in UTF-8 bytes, as ``code.co_positions()`` gives them. ``None`` where Python was
            told to keep no columns (``-X no_debug_ranges``).
        field: which replacement field of an f-string ran, where the extent is the whole string's
            (Python 3.11); counted from 0 in the order of evaluation.
        first_line: line on which the function begins.
        kind: whose code it is.
    """

    file: str
    line: int
    function: str
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None
    field: int | None = None
    first_line: int = 0
    kind: FileKind = "user"


Stack = tuple[Frame, ...]
"""Frames, the innermost first."""


class RequestFact(NamedTuple):
    """Which request it was, in the three words that may be shown.

    Attributes:
        method: the HTTP method.
        rule: the URL rule, such as ``/user/<name>``; where no rule matched, the masked path.
        endpoint: the endpoint's name, ``None`` where no rule matched.
    """

    method: str
    rule: str
    endpoint: str | None


class ContextFact(NamedTuple):
    """The context that an access read, where one was bound.

    Attributes:
        request: the request it belongs to; ``None`` for a bare application context, and where
            nobody had asked for its words when it was over.
        owner: name of the thread that pushed it.
        own: whether the accessing thread pushed it itself.
        over: whether it had been popped for the last time.
        same_request: whether the accessing task came from that request.
        owner_waits: whether its owner stood waiting for somebody's result at that moment.
        of_request: whether it belongs to a request.
        same_app: whether it is a context of the application whose request the task came from.
        outside: whether it was bound before the task began, which ran at once in the thread that
            handed it over.
        beneath: whether the thread had pushed a request's context of its own above it.
        brought: whether it came with the thread or process, which was started for another request.
    """

    request: RequestFact | None
    owner: str
    own: bool
    over: bool
    same_request: bool
    owner_waits: bool
    of_request: bool = True
    same_app: bool = True
    outside: bool = False
    beneath: bool = False
    brought: bool = False


class Origin(NamedTuple):
    """Where and by whom a task was handed over.

    Attributes:
        kind: the mechanism.
        stack: the stack of the thread that handed over.
        thread: that thread's name.
        request: the request that it served, or whose task it ran; ``None`` outside any request.
        test: id of the test that it belonged to; empty between tests.
        inline: whether it ran at once, in the thread that handed it over.
        parent: the origin of the task that handed over, where a task did.
    """

    kind: OriginKind
    stack: Stack
    thread: str
    request: RequestFact | None
    test: str
    inline: bool = False
    parent: "Origin | None" = None


class Incident(NamedTuple):
    """Something other than an access that a probe noted.

    Attributes:
        kind: what it was.
        proxy: name of the proxy concerned; empty where none is.
        stack: where it was, without this package's frames.
        thread: name of the thread in which it was.
        process: the process id.
        origin: where the task concerned was handed over; ``None`` where none is.
        request: the request concerned; ``None`` where none is.
        words: what else its rule has to say, in the order that its kind gives.
        test: id of the test it belongs to; empty between tests.
        within: where it came about, where what stands around that decides whether it is right.
    """

    kind: IncidentKind
    proxy: str
    stack: Stack
    thread: str
    process: int
    origin: Origin | None
    request: RequestFact | None
    words: tuple[str, ...]
    test: str
    within: Stack = ()


class Access(NamedTuple):
    """One use of a proxy, or of a function of Flask that needs a context.

    Attributes:
        proxy: name of the proxy or function, such as ``request`` or ``url_for``.
        operation: the special method that asked (``__getattr__``, ``__bool__``, ...), ``get`` for
            ``_get_current_object()``, ``call`` for a function, ``body`` for the first read of a
            request's body, ``file`` for that of an uploaded file that is closed.
        extension: whether the proxy belongs to an extension, not to Flask.
        stack: the accessing thread's stack, without this package's frames.
        thread: that thread's name.
        process: the process id.
        origin: where the task that it ran was handed over; ``None`` where no task is known.
        started: where the accessing thread or process was started, where that is known and tells
            more than the task: no task is known, or its context came with the thread or process.
        context: the context that was read; ``None`` where none was bound.
        test: id of the test it belongs to; empty between tests.
        test_thread: whether the thread was running the test function itself.
    """

    proxy: str
    operation: str
    extension: bool
    stack: Stack
    thread: str
    process: int
    origin: Origin | None
    started: Origin | None
    context: ContextFact | None
    test: str
    test_thread: bool
