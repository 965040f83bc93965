"""An error of our own is told by its kind and place, and never by what it quotes."""

from __future__ import annotations

from pytest_flaskctx.failures import told
from pytest_flaskctx.flasknames import UnsupportedError
from pytest_flaskctx.unasked import namespace_of


def raised_in_ours() -> Exception:
    """Return an error that came through a module of ours."""
    try:
        namespace_of()  # type: ignore[call-arg]
    except TypeError as error:
        return error
    raise AssertionError


def through_ours() -> Exception:
    """Return an error of somebody else's code that a module of ours called."""
    from pytest_flaskctx.probes import Probe, Switchboard

    class Broken(Probe):
        name = "broken"
        modules = ("shop",)

        def switch_off(self, error: BaseException) -> None:
            found.append(error)

        def install(self) -> None:
            raise KeyError("token")

    found: list[BaseException] = []
    Switchboard().install([Broken])
    (error,) = found
    assert isinstance(error, KeyError)
    return error


def test_the_kind_and_the_last_line_of_ours() -> None:
    """Where it came up beyond that, its text included, is somebody's affair."""
    text = told(through_ours())
    assert text.startswith("KeyError in pytest_flaskctx.probes.base, line ")
    assert "token" not in text


def test_an_error_that_came_through_nothing_of_ours() -> None:
    """It has a kind."""
    assert told(raised_in_ours()) == "TypeError"
    assert told(ValueError("token")) == "ValueError"


def test_a_text_of_ours_is_told() -> None:
    """It says which version cannot be watched."""
    assert (
        told(UnsupportedError("flask.app has no Flask"))
        == "UnsupportedError: flask.app has no Flask"
    )
