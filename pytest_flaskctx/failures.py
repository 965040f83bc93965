"""How errors of our own code are told of."""

from __future__ import annotations

from pytest_flaskctx.flasknames import UnsupportedError
from pytest_flaskctx.unasked import asked_of

_PACKAGE = __name__.partition(".")[0]


def told(error: BaseException) -> str:
    """Return the kind of ``error``, and the last line of this package that it came through.

    Not its text, where that is not ours: it may be an error of the user's, and quote a key, a token.
    """
    if type(error) is UnsupportedError:
        return f"{UnsupportedError.__name__}: {error}"
    place = ""
    entry = error.__traceback__
    while entry is not None:
        module = str(entry.tb_frame.f_globals.get("__name__"))
        if module.partition(".")[0] == _PACKAGE:
            place = f" in {module}, line {entry.tb_lineno}"
        entry = entry.tb_next
    return f"{asked_of(type(error), '__name__')}{place}"
