"""A value in the place of a proxy, written from the user's own hand-over."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence

import pytest

from pytest_flaskctx.hints import own_value


def told(
    call: str, names: Sequence[str] = ("g",), chains: Sequence[str] = ()
) -> tuple[list[str], list[str], list[tuple[str, int | str]]]:
    """Return the code to paste, the sentences around it, and which parameter was asked for."""
    asked: list[tuple[str, int | str]] = []

    def uses(function: str, place: int | str) -> Sequence[str]:
        asked.append((function, place))
        return chains

    lines = own_value(names, call, "start", "submit", uses).splitlines()
    pasted = [line[4:] for line in lines if line.startswith("    ")]
    ast.parse(textwrap.dedent("\n".join(pasted)))
    return pasted, [line for line in lines if not line.startswith("    ")], asked


LEAD = "Read what the task needs before it is handed over, and pass that:"


@pytest.mark.parametrize(
    ("call", "repaired", "asked"),
    [
        ("pool.submit(remind, text, g)", "pool.submit(remind, text, place)", ("remind", 1)),
        ("pool.submit(remind, who=g)", "pool.submit(remind, place=place)", ("remind", "who")),
        (
            "pool.submit(remind, a, who=g, b=2)",
            "pool.submit(remind, a, place=place, b=2)",
            ("remind", "who"),
        ),
        (
            "pool.submit(fn=remind, who=flask.g)",
            "pool.submit(fn=remind, place=place)",
            ("remind", "who"),
        ),
        (
            "pool.submit(partial(remind, g), 1)",
            "pool.submit(partial(remind, place), 1)",
            ("remind", 0),
        ),
        (
            "Thread(target=remind, args=(1, g)).start()",
            "Thread(target=remind, args=(1, place)).start()",
            ("remind", 1),
        ),
        ("Timer(3, remind, [g])", "Timer(3, remind, [place])", ("remind", 0)),
        ("pool.apply_async(remind, (g,))", "pool.apply_async(remind, (place,))", ("remind", 0)),
        (
            "loop.run_in_executor(None, remind, g)",
            "loop.run_in_executor(None, remind, place)",
            ("remind", 0),
        ),
        (
            "pool.submit(remind, g._get_current_object())",
            "pool.submit(remind, place)",
            ("remind", 0),
        ),
    ],
)
def test_what_the_task_uses_is_read_in_the_view(
    call: str, repaired: str, asked: tuple[str, int | str]
) -> None:
    """It stands where the proxy stood; the function is to take it."""
    root = "flask.g" if "flask" in call else "g"
    code, words, parameters = told(call, chains=["who.place"])
    assert code == [f"place = {root}.place", repaired]
    assert words == [LEAD, "Let `remind` take `place`, and use it in place of `who.place`."]
    assert parameters == [asked]


@pytest.mark.parametrize(
    ("call", "repaired"),
    [
        ("pool.submit(lambda who: None, tenant)", "pool.submit(lambda who: None, tenant_value)"),
        ("pool.submit(self.work, tenant)", "pool.submit(self.work, tenant_value)"),
        ("pool.submit(work, *more, tenant)", "pool.submit(work, *more, tenant_value)"),
        ("pool.submit(lambda: work(tenant))", "pool.submit(lambda: work(tenant_value))"),
        ("Job(work, [tenant]).start()", "Job(work, [tenant_value]).start()"),
        ("pool.submit(work, data={'a': tenant}, who=(tenant,))", ""),
        ("pool.submit(work, [[tenant]])", "pool.submit(work, [[tenant_value]])"),
        ("pool.submit(work, given=(tenant,))", "pool.submit(work, given=(tenant_value,))"),
        ("tenant(work, 1)", ""),
        ("pool.submit(work, tenant.get)", ""),
        ("pool.submit(tenant._get_current_object)", ""),
        ("list(pool.submit(tenant._get_current_object))", ""),
        ("pool.submit(work)", ""),
        ("t.start(", ""),
    ],
)
def test_what_the_task_uses_is_not_known(call: str, repaired: str) -> None:
    """An example stands there, which is true of any proxy, where the call can be read."""
    code, words, asked = told(call, ["tenant"])
    value = "tenant_value = tenant._get_current_object()  # or what else the task needs of it"
    assert code == ([value, repaired] if repaired else [])
    assert words == ([LEAD] if repaired else [])
    assert asked == []


@pytest.mark.parametrize(
    "chains", [["str(who)"], ["who.name", "str(who)"], ["who"], ["who("], ["1"]]
)
def test_uses_that_are_no_one_value(chains: list[str]) -> None:
    """Of a function that needs several values, or the whole, an example is given."""
    code, words, _ = told("pool.submit(remind, who=session)", ["session"], chains)
    assert code == [
        "session_data = dict(session)  # or what else the task needs of it",
        "pool.submit(remind, who=session_data)",
    ]
    assert words == [LEAD]


def test_several_values() -> None:
    """Each is passed, by its own name where the proxy was passed by one."""
    chains = ["visit.path", "visit.user_agent.string", "visit.path.upper()"]
    for given, passed in (("request", "path, string"), ("v=request", "path=path, string=string")):
        code, words, _ = told(f"pool.submit(record, {given})", ["request"], chains)
        assert code == [
            "path = request.path",
            "string = request.user_agent.string",
            f"pool.submit(record, {passed})",
        ]
        assert words[1] == (
            "Let `record` take `path` and `string`, and use them in place of "
            "`visit.path` and `visit.user_agent.string`."
        )


def test_values_of_one_name() -> None:
    """An example is given."""
    chains = ["it.args['name']", "it.form['name']"]
    code, _, _ = told("pool.submit(record, request)", ["request"], chains)
    assert code[0] == "data = request.json  # or what else the task needs of it"


def test_several_proxies() -> None:
    """Each has a value of its own."""
    code, words, _ = told(
        "pool.submit(work, request, it=current_user)", ["request", "current_user"]
    )
    assert code == [
        "data = request.json  # or what else the task needs of it",
        "user_id = current_user.id  # or what else the task needs of it",
        "pool.submit(work, data, it=user_id)",
    ]
    assert words == [LEAD]


@pytest.mark.parametrize("chains", [[], ["app.app_context()"], ["app"]])
def test_the_application_is_passed_itself(chains: list[str]) -> None:
    """It does not end with the request."""
    code, words, _ = told("pool.submit(work, current_app)", ["current_app"], chains)
    assert code == ["app = current_app._get_current_object()", "pool.submit(work, app)"]
    assert words == ["Pass the application itself:"]


def test_a_value_of_the_application() -> None:
    """What is set on it is a value as any other."""
    code, words, _ = told("pool.submit(work, current_app)", ["current_app"], ['app.config["SIZE"]'])
    assert code == ['size = current_app.config["SIZE"]', "pool.submit(work, size)"]
    assert words[1:] == ['Let `work` take `size`, and use it in place of `app.config["SIZE"]`.']


def test_what_is_to_be_known_of_a_value() -> None:
    """A file is read in the view, and why."""
    code, words, _ = told("pool.submit(work, request)", ["request"], ['it.files["scan"]'])
    assert code == ['scan = request.files["scan"].read()', "pool.submit(work, scan)"]
    assert words[-1].startswith("A file or stream of the request is closed when")


def test_an_application_context_has_no_one_value() -> None:
    """Its page says more."""
    assert told("pool.submit(work, app_ctx)", ["app_ctx"]) == ([], [], [])
