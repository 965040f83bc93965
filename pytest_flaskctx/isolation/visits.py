"""One visit: what a participant does, with a client and a token of its own, and all that it gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import inf
from typing import Any, NamedTuple

from pytest_flaskctx.flasknames import matched
from pytest_flaskctx.unasked import namespace_of

Visit = Callable[[Any, str], Any]

MOST_PARTS = 10_000
"""After how many parts a stream is taken to have no end."""
_DEPTH = 4


class Got(NamedTuple):
    """Something that a participant got.

    Attributes:
        where: what it is, such as ``the body of``.
        whence: the request that it answers, by method, rule and endpoint; empty for none.
        text: what it says, as it was sent.
        when: how many steps had been taken when its request began, and when it was complete; ``None``
            where that is not known.
    """

    where: str
    whence: str
    text: bytes
    when: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"{self.where} {self.whence}".rstrip()


class Answer(NamedTuple):
    """One response, in the parts by which two are compared.

    Attributes:
        whence: the request that it answers.
        status: its status code.
        headers: names and values, in order.
        body: the whole of it.
        when: how many steps had been taken when its request began, and when it was complete; ``None``
            for one that is streamed.
    """

    whence: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    when: tuple[int, int] | None = None


class Visitor:
    """A participant's part in one schedule.

    Args:
        visit: what the user wrote: it is called with a client and the token.
        app: the application.
        token: what nobody else knows.
        before_request: called before each request.
        tick: tells moments from each other, in order, over all participants.
        steps: tells how many steps all participants have taken.

    Attributes:
        answers: all responses, in order.
        spans: when each request began and was over; one whose answer is streamed may never be.
        endless: the request whose stream had no end; empty where all had.
        value: what the visit returned.
    """

    def __init__(
        self,
        visit: Visit,
        app: Any,
        token: str,
        before_request: Callable[[], None] = lambda: None,
        tick: Callable[[], float] = lambda: 0.0,
        steps: Callable[[], int] = lambda: 0,
    ) -> None:
        self.visit = visit
        self._before_request = before_request
        self.token = token
        self.answers: list[Answer] = []
        self.endless = ""
        self.value: Any = None
        self.responses: list[Any] = []
        self.spans: list[tuple[float, float]] = []
        self._tick = tick
        self._steps = steps
        self._when: dict[int, tuple[int, int]] = {}
        self._closed: set[int] = set()
        self._within = 0
        self._app = app

    def __call__(self) -> Any:
        """Pay the visit, in the thread of the participant."""
        client = self._app.test_client()
        open_ = client.open

        def opened(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            self._before_request()
            # Whoever follows a redirect calls this again: what was answered by it is over.
            if self._within:
                self._over()
            self.spans.append((self._tick(), inf))
            self._within += 1
            began, unmade = self._steps(), False
            try:
                response = open_(*args, **kwargs)
                unmade = response.content_length is None
            finally:
                self._within -= 1
                if not unmade:
                    self._over()
            if not self._within:
                self._take(began, *getattr(response, "history", ()), response)
            return response

        client.open = opened
        try:
            self.value = self.visit(client, self.token)
        except BaseException:
            self._read_all()
            raise
        broken = self._read_all()
        if broken is not None:
            raise broken
        return self.value

    @property
    def requests(self) -> int:
        """How many requests it made."""
        return len(self.spans)

    def _over(self) -> None:
        """Note that the last request is over, if it is not known yet."""
        began, over = self.spans[-1]
        if over == inf:
            self.spans[-1] = began, self._tick()

    def _take(self, began: int, *responses: Any) -> None:
        for response in responses:
            self.responses.append(response)
            # Flask knows how long a body is, unless it has yet to be made.
            if response.content_length is not None:
                self._when[id(response)] = began, self._steps()
            response.call_on_close(partial(self._closed.add, id(response)))

    def _read_all(self) -> Exception | None:
        """Read what was not read yet; return the error of a stream that the visit left open."""
        broken: Exception | None = None
        for response in self.responses:
            request, closed = response.request, id(response) in self._closed
            whence = matched(self._app, request.method, request.path)
            parts: list[bytes] = []
            try:
                self._read(response, whence, parts)
            except Exception as error:  # the app's, or since the visit has closed it
                if broken is None and not closed:
                    broken = error
            headers = tuple(response.headers.items())
            body, when = b"".join(parts), self._when.get(id(response))
            self.answers.append(Answer(whence, response.status_code, headers, body, when))
        return broken

    def _read(self, response: Any, whence: str, parts: list[bytes]) -> None:
        for part in response.iter_encoded():
            parts.append(part)
            if len(parts) >= MOST_PARTS:
                self.endless = whence
                break
        response.close()
        # Whoever looks at it later finds it whole.
        response.response = parts

    def got(self, error: BaseException | None) -> Iterator[Got]:
        """Yield all that this participant got.

        Args:
            error: what its visit ended with.
        """
        for answer in self.answers:
            whence, when = answer.whence, answer.when
            yield Got("the body of", whence, answer.body, when)
            for name, value in answer.headers:
                yield Got(f"the header {name} of", whence, value.encode(errors="replace"), when)
        for text in _said(self.value, _DEPTH, {id(each) for each in self.responses}):
            yield Got("what the visit returned", "", text)
        if error is not None:
            yield Got(
                "the error that the visit ended with", "", said(error).encode(errors="replace")
            )

    def failed(self, error: BaseException | None) -> str:
        """Return in which way the visit failed, if it did: an error's class, or a status."""
        if error is not None:
            return type(error).__name__
        statuses = (answer.status for answer in self.answers)
        return next((str(status) for status in statuses if status >= 500), "")


def said(error: BaseException) -> str:
    """Return what an error says; nothing if it fails to."""
    try:
        return str(error)
    except Exception:  # it is the user's
        return ""


def _said(value: Any, depth: int, known: set[int]) -> Iterator[bytes]:
    """Yield the texts in what a visit returned."""
    if isinstance(value, str):
        yield value.encode(errors="replace")
    elif isinstance(value, (bytes, bytearray, memoryview)):
        yield bytes(value)
    elif depth and id(value) not in known:
        for each in _inner(value):
            yield from _said(each, depth - 1, known)


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    space = namespace_of(value)
    return list(space.values()) if type(space) is dict else ()
