"""Repairs that go together: one file, one task, one hand-over, one view."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("libcst")

from repairing import app, apply, leak, write

from pytest_flaskctx.repairs import combined, repair, repair_each

TWO_USES = """\
def work():
    send(request.args["to"])
    send(request.args["to"] + request.path)
"""


def test_two_findings_of_one_task_are_one_repair(tmp_path: Path) -> None:
    """Each value is read once, whoever found it; one alone repairs the other as well."""
    write(tmp_path, {"app.py": app(TWO_USES)})
    findings = [leak(tmp_path), leak(tmp_path, "request.path")]
    diff, left = combined(findings, tmp_path)
    assert not left
    assert {repair(each, tmp_path).patch for each in findings} == {diff}
    assert apply(tmp_path, diff)["app.py"] == app(
        "def work(to, path):\n    send(to)\n    send(to + path)\n",
        'def view():\n    to = request.args["to"]\n    path = request.path\n'
        "    pool.submit(work, to, path)\n",
    )


TWICE = """\
def view():
    pool.submit(work)
    if app.debug:
        pool.submit( work )
"""


def test_two_hand_overs_of_one_task_go_together_only(tmp_path: Path) -> None:
    """Where only one is known, the other one would miss the value."""
    write(tmp_path, {"app.py": app(view=TWICE)})
    findings = [leak(tmp_path), leak(tmp_path, call="pool.submit( work )")]
    reason = "`work` is used at app.py:22 as well, where no value would be passed"
    assert repair(findings[0], tmp_path) == (None, reason)
    diff, left = combined(findings, tmp_path)
    assert not left
    assert apply(tmp_path, diff)["app.py"] == app(
        "def work(to):\n    send(to)\n",
        'def view():\n    to = request.args["to"]\n    pool.submit(work, to)\n'
        '    if app.debug:\n        to = request.args["to"]\n        pool.submit( work, to )\n',
    )


def test_several_apart_are_what_each_is_alone(tmp_path: Path) -> None:
    """Files are read once, and no repair knows of another."""
    write(tmp_path, {"app.py": app(view=TWICE), "other.py": app(TWO_USES)})
    findings = [
        leak(tmp_path),
        leak(tmp_path, file="other.py", home="other.py"),
        leak(tmp_path, "request.path", file="other.py", home="other.py"),
    ]
    assert repair_each(findings, tmp_path) == [repair(each, tmp_path) for each in findings]
    assert [made.patch is None for made in repair_each(findings, tmp_path)] == [True, False, False]


OTHER = """\


def other():
    print(request.args["to"])
"""


def test_two_tasks_of_one_view_share_what_is_read(tmp_path: Path) -> None:
    """One variable in the view, read once where nothing can change it."""
    both = "def view():\n    pool.submit(work)\n    pool.map(other, [])\n"
    write(tmp_path, {"app.py": app(TWO_USES + OTHER, both)})
    found = [leak(tmp_path), leak(tmp_path, 'request.args["to"])\n', call="pool.map(other, [])")]
    start = (tmp_path / "app.py").read_text().splitlines().index('    print(request.args["to"])')
    site = found[1].site._replace(
        line=start + 1, column=10, end_column=22, expression="request.args"
    )
    handed = leak(tmp_path, call="pool.map(other, [])", kind="map").handover
    diff, left = combined([found[0], leak(tmp_path, site=site, handover=handed)], tmp_path)
    assert not left
    after = apply(tmp_path, diff)["app.py"]
    assert after.partition("def view():\n")[2] == (
        '    to = request.args["to"]\n    path = request.path\n    pool.submit(work, to, path)\n'
        "    pool.map(partial(other, to=to), [])\n"
    )


def test_one_call_may_hand_over_two_tasks(tmp_path: Path) -> None:
    """The function and its callback, each with a value of its own."""
    tasks = "def work():\n    send(request.path)\n\n\ndef done(result):\n    send(g.tenant.id)\n"
    call = "pool.apply_async(work, callback=done)"
    write(tmp_path, {"app.py": app(tasks, f"def view():\n    {call}\n")})
    findings = [
        leak(tmp_path, "request.path", call, "threadpool"),
        leak(tmp_path, "g.tenant.id", call, "threadpool"),
    ]
    reason = "`g.tenant.id` is passed on to `send`, and may be torn down with the request"
    assert combined(findings, tmp_path)[1] == [(findings[1], reason)]
    tasks = tasks.replace("send(g.tenant.id)", "print(g.tenant.id)")
    write(tmp_path, {"app.py": app(tasks, f"def view():\n    {call}\n")})
    findings[1] = leak(tmp_path, "g.tenant.id", call, "threadpool")
    diff, left = combined(findings, tmp_path)
    assert not left
    after = apply(tmp_path, diff)["app.py"]
    assert after.partition("def view():\n")[2] == (
        "    path = request.path\n    tenant_id = g.tenant.id\n"
        "    pool.apply_async(work, args=(path,), callback=partial(done, tenant_id=tenant_id))\n"
    )


def test_what_cannot_be_repaired_spoils_nothing(tmp_path: Path) -> None:
    """The others of its file are, and the reasons come in the order of the findings."""
    tasks = "def work():\n    send(request.path)\n\n\ndef bad():\n    send(request)\n    send(g)\n"
    view = "def view():\n    pool.submit(bad)\n    pool.submit(work)\n"
    write(tmp_path, {"app.py": app(tasks, view)})
    bad = leak(tmp_path, "g)", "pool.submit(bad)")
    worse = leak(tmp_path, "request)", "pool.submit(bad)")
    good = leak(tmp_path, "request.path")
    reason = "`request` is used as a whole, and what is wanted of it is not written there"
    diff, left = combined([bad, good, worse], tmp_path)
    assert left == [(bad, reason), (worse, reason)]
    assert apply(tmp_path, diff)["app.py"].endswith(
        "    pool.submit(bad)\n    path = request.path\n    pool.submit(work, path)\n"
    )


def test_nothing_found_is_nothing_to_repair(tmp_path: Path) -> None:
    """An empty diff, and nobody left out."""
    assert combined([], tmp_path) == ("", [])
