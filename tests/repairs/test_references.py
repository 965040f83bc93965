"""A task function of which somebody else knows keeps its parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("libcst")

from repairing import HEAD, SEND, app, leak, write

from pytest_flaskctx.repairs import combined, repair

FILES = {
    "tests/test_app.py": "from app import work\n\nwork()\n",
    "module.py": "import app\n\napp.work()\n",
    "text.py": 'monkeypatch.setattr("app.work", print)\n',
    "setup.cfg": "entry = app:work\n",
    ".ci/run.py": "from app import work\n",
    "stub.pyi": "from app import work\n",
}
UNRELATED = {
    "other.py": "def work():\n    pass\n",
    "deeper/app_words.py": "the work of an application\n",
    ".git/test_app.py": "from app import work\n",
    "large.json": "app:work" + " " * 1_000_001,
    "node_modules/test_app.py": "from app import work\n",
    "notes.txt": "app work\n",
    "application.py": "work = 1\n",
}


@pytest.mark.parametrize("name", FILES)
def test_another_file_that_names_it_is_named(name: str, tmp_path: Path) -> None:
    """By import, by attribute, by a string, in a configuration."""
    write(tmp_path, {"app.py": app(), name: FILES[name]})
    reason = f"`work` is used at {name} as well, where no value would be passed"
    assert repair(leak(tmp_path), tmp_path) == (None, reason)


def test_a_file_that_cannot_know_it_may_use_its_name(tmp_path: Path) -> None:
    """Only what speaks of its module can have got at it."""
    write(tmp_path, {"app.py": app(), **UNRELATED})
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    assert repair(leak(tmp_path), tmp_path).patch


def test_what_a_package_makes_is_found_by_its_name(tmp_path: Path) -> None:
    """Its file is called ``__init__``, which nobody writes."""
    write(tmp_path, {"shop/__init__.py": app(), "shop/views.py": "from . import work\n"})
    finding = leak(tmp_path, file="shop/__init__.py", home="shop/__init__.py")
    reason = "`work` is used at shop/views.py as well, where no value would be passed"
    assert repair(finding, tmp_path) == (None, reason)
    write(tmp_path, {"shop/views.py": "", "a.py": "import shop\n\nshop.work()\n"})
    reason = reason.replace("shop/views.py", "a.py")
    assert repair(finding, tmp_path) == (None, reason)


HERE = {
    'print("work")': "app.py:21",
    'getattr(app, "app:work")': "app.py:21",
    "print(flask.work)": "app.py:21",
    "print(load().work)": "app.py:21",
    "print(work)": "app.py:21",
    "pool.submit(work); work()": "app.py:21",
}


@pytest.mark.parametrize("line", HERE)
def test_a_name_in_its_own_file_is_enough(line: str, tmp_path: Path) -> None:
    """A string may be what somebody looks it up by."""
    write(tmp_path, {"app.py": app(view=f"def view():\n    pool.submit(work)\n    {line}\n")})
    reason = f"`work` is used at {HERE[line]} as well, where no value would be passed"
    assert repair(leak(tmp_path), tmp_path) == (None, reason)


NOT_IT = [
    'print("work it")',
    "app.work()",
    'Thread(name="work")',
    "print(work=1)",
    "print(b'work')",
]


@pytest.mark.parametrize("line", NOT_IT)
def test_what_only_looks_like_it_is_no_reference(line: str, tmp_path: Path) -> None:
    """A variable's attribute, a thread's name, a keyword, bytes."""
    write(tmp_path, {"app.py": app(view=f"def view():\n    pool.submit(work)\n    {line}\n")})
    assert repair(leak(tmp_path), tmp_path).patch


LOCAL = """\
def view():
    def work():
        send(request.args["to"])
    pool.submit(work)
    app.work = "work"
    return lambda work: work()
"""


def test_a_function_within_a_function_is_known_to_that_only(tmp_path: Path) -> None:
    """Other files, attributes and strings cannot mean it; a parameter of its name is another."""
    write(tmp_path, {"app.py": app("", LOCAL), "tests.py": FILES["tests/test_app.py"]})
    assert repair(leak(tmp_path), tmp_path).patch


METHOD = (
    SEND
    + """\
class Mailer{bases}:
    def {name}(self):
        send(request.args["to"])

    def view(self):
        pool.submit(self.{name})
"""
)


def method(root: Path, bases: str = "", name: str = "work", head: str = HEAD) -> str:
    """Return why a method is left alone, empty where it is repaired."""
    write(root, {"app.py": head + METHOD.format(bases=bases, name=name)})
    return repair(leak(root, call=f"pool.submit(self.{name})"), root).reason


@pytest.mark.parametrize(
    "text", ["mailer.work()\n", "class A:\n    def work(self):\n        pass\n", '"work"\n']
)
def test_any_file_may_call_a_method(text: str, tmp_path: Path) -> None:
    """Objects go everywhere, and so do their names."""
    write(tmp_path, {"other.py": text})
    reason = "`work` is used at other.py as well, where no value would be passed"
    assert method(tmp_path) == reason


def test_a_method_of_which_nobody_speaks_is_repaired(tmp_path: Path) -> None:
    """A function of its name is none."""
    write(tmp_path, {"other.py": "def work():\n    work = 1\n"})
    assert not method(tmp_path)


def test_a_method_that_is_made_twice_is_left_alone(tmp_path: Path) -> None:
    """One may override the other."""
    head = HEAD + "class A:\n    def work(self):\n        pass\n\n\n"
    assert method(tmp_path, head=head) == "`work` is made more than once in `app.py`"


def test_a_method_that_a_base_may_call_is_left_alone(tmp_path: Path) -> None:
    """A base of the project is looked at, Flask's views call but a few."""
    views = HEAD + "from flask.views import MethodView\n\n\nclass Base(MethodView):\n    pass\n\n\n"
    assert not method(tmp_path, "(object)")
    assert not method(tmp_path, "(Base)", head=views)
    reason = "`{}` is a method of a class that inherits from `{}`, which may call it as well"
    assert method(tmp_path, "(Base)", "post", views) == reason.format("post", "MethodView")
    assert method(tmp_path, "(pool.Base)") == reason.format("work", "pool.Base")
    assert method(tmp_path, "(metaclass=Meta)") == reason.format("work", "Meta")


TASKS = "from flask import request\n\n\ndef work():\n    print(request.path)\n"
VIEWS = "from tasks import work\n\n\ndef view({}):\n    pool.submit(work)\n"


def test_a_proxy_that_cannot_be_named_where_the_task_is_handed_over(tmp_path: Path) -> None:
    """A parameter of its name hides it."""
    write(tmp_path, {"tasks.py": TASKS, "views.py": VIEWS.format("request")})
    finding = leak(tmp_path, "request.path", file="tasks.py", home="views.py")
    assert repair(finding, tmp_path) == (None, "`request` cannot be named in `views.py`")
    write(tmp_path, {"views.py": "import flask\n" + VIEWS.format("")})
    finding = leak(tmp_path, "request.path", file="tasks.py", home="views.py")
    assert "+    path = request.path\n" in (repair(finding, tmp_path).patch or "")


def test_a_module_of_which_there_are_two_is_not_guessed_at(tmp_path: Path) -> None:
    """The same name in another folder may be what is imported."""
    write(tmp_path, {"tasks.py": TASKS, "a/tasks.py": TASKS, "views.py": VIEWS.format("")})
    finding = leak(tmp_path, "request.path", file="tasks.py", home="views.py")
    reason = "the use stands deeper in the task, in `work`, which `pool.submit(work)` does not name"
    assert repair(finding, tmp_path) == (None, reason)


HELPERS = {
    "def helper():\n    return request\n": "`work` calls `helper`, which uses `request` as well",
    "def helper():\n    return deeper()\n\n\ndef deeper():\n    return helper(), flask.g.a\n": (
        "`work` calls `deeper`, which uses `flask.g` as well"
    ),
    "def helper():\n    flask.flash(1)\n": "`work` calls `helper`, which uses `flash` as well",
    "from helpers import helper\n": "`work` calls `helper`, which uses `session` as well",
    "def helper():\n    return helper()\n": "",
}


@pytest.mark.parametrize("helper", HELPERS)
def test_what_the_task_calls_is_followed(helper: str, tmp_path: Path) -> None:
    """Through the project's functions, as far as they are named."""
    task = f"{helper}\n\ndef work():\n    send(helper())\n    send(request.path)\n"
    made = "from flask import session\n\n\ndef helper():\n    return session\n"
    write(tmp_path, {"app.py": app(task), "helpers.py": made})
    finding = leak(tmp_path, "request.path")
    assert repair(finding, tmp_path).reason == HELPERS[helper]


def test_methods_that_a_method_calls_are_followed(tmp_path: Path) -> None:
    """By ``self``; what the class does not have is not known to use anything."""
    head = HEAD + "class A:\n    pass\n\n\n"
    text = METHOD.format(bases="", name="work").replace("send(req", "self.other(); send(req")
    write(tmp_path, {"app.py": head + text})
    finding = leak(tmp_path, call="pool.submit(self.work)")
    assert not repair(finding, tmp_path).reason
    write(tmp_path, {"app.py": head + text + "\n    def other(self):\n        return session\n"})
    assert repair(finding, tmp_path).reason == "`work` calls `other`, which uses `session` as well"


LOOKED_UP = {
    "sys.modules[__name__]": "sys.modules",
    "print(globals())": "globals()",
    "print(vars())": "vars()",
    "getattr(app, app.a)": "getattr(app, app.a)",
    "print(vars(app))": "",
    "getattr(app, 'a')": "",
    "sys.path": "",
}


@pytest.mark.parametrize("line", LOOKED_UP)
def test_a_name_that_is_not_written_out_may_be_any(line: str, tmp_path: Path) -> None:
    """Where a module is asked for it; a name that is written out is another one."""
    text = app(head=HEAD + f"import sys\n\n\ndef other():\n    {line}\n\n\n")
    write(tmp_path, {"app.py": text})
    reason = f"`work` may be looked up by its name, as by `{LOOKED_UP[line]}`"
    assert repair(leak(tmp_path), tmp_path).reason == (reason if LOOKED_UP[line] else "")


def test_a_module_is_asked_for_a_name_by_another_file(tmp_path: Path) -> None:
    """Which does not even write it out."""
    write(tmp_path, {"app.py": app(), "a.py": "import app\n\ngetattr(app, 'wo' + 'rk')()\n"})
    reason = "`work` may be looked up by its name, as by `getattr(app`"
    assert repair(leak(tmp_path), tmp_path) == (None, reason)
    write(tmp_path, {"a.py": "import app\n\ngetattr(apple, 'wo' + 'rk')()\n"})
    assert repair(leak(tmp_path), tmp_path).patch


OTHERS = {
    "bin/nightly": ("#!/usr/bin/env python3\nfrom app import work\n", True),
    "bin/daily": ("#!/bin/sh\nfrom app import work\n", False),
    "page.html": ("{{ work() }}", True),
    "page.j2": ("{{ app.work }}", True),
    "words.html": ("<p>work of an app</p>", False),
    "test_it.py": ("def test(mod):\n    mod.work()\n", True),
    "test_no.py": ("def test(mod):\n    mod.work = 1\n", False),
    "app.pyi": ("def work() -> None: ...\n", True),
    "views.py": ("def f(a):\n    a(name='work', of='app')\n", True),
}


@pytest.mark.parametrize("name", OTHERS)
def test_who_speaks_of_it_need_not_be_a_module_that_imports_it(name: str, tmp_path: Path) -> None:
    """A script, a template, a stub, a test that is given the module."""
    text, speaks = OTHERS[name]
    write(tmp_path, {"app.py": app(), name: text})
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    reason = f"`work` is used at {name} as well, where no value would be passed"
    assert repair(leak(tmp_path), tmp_path).reason == (reason if speaks else "")


IN_STRINGS = {'call(name="work")': True, 'print("work(1)")': True, 'print("works(1)")': False}


@pytest.mark.parametrize("line", IN_STRINGS)
def test_a_string_may_call_it(line: str, tmp_path: Path) -> None:
    """As a docstring's example does, or what is asked for a name that is none of a thread's."""
    write(tmp_path, {"app.py": app(view=f"def view():\n    pool.submit(work)\n    {line}\n")})
    assert bool(repair(leak(tmp_path), tmp_path).reason) == IN_STRINGS[line]


def test_a_package_hands_on_what_its_modules_make(tmp_path: Path) -> None:
    """By a star, through as many as there are."""
    files = {
        "shop/tasks.py": app(),
        "shop/__init__.py": "from .api import *\n",
        "shop/api.py": "from .tasks import *\n",
        "main.py": "import shop\n\nfirst = shop.work\n",
    }
    write(tmp_path, files)
    finding = leak(tmp_path, file="shop/tasks.py", home="shop/tasks.py")
    reason = "`work` is used at main.py as well, where no value would be passed"
    assert repair(finding, tmp_path) == (None, reason)
    write(tmp_path, {"shop/__init__.py": "", "shop/api.py": ""})
    assert repair(finding, tmp_path).patch


def test_the_whole_repository_is_looked_through(tmp_path: Path) -> None:
    """What lies beside the root directory may call it too, and is no module of its."""
    write(tmp_path, {"back/app.py": app(), "scripts/night.py": "from app import work\n"})
    root = tmp_path / "back"
    found = leak(root)
    diff, left = combined([found], root, tmp_path)
    reason = "`work` is used at ../scripts/night.py as well, where no value would be passed"
    assert (diff, left) == ("", [(found, reason)])
    assert repair(found, root, tmp_path) == (None, reason)
    write(tmp_path, {"scripts/night.py": "", "helpers.py": "def send(a):\n    pass\n"})
    write(root, {"app.py": app(head=HEAD + "from helpers import send as say\nsay(1)\n\n\n")})
    assert combined([leak(root)], root, tmp_path)[0]
    assert combined([leak(root)], root, tmp_path / "scripts")[1]


def test_a_method_that_others_may_call_by_its_name_alone_is_left_alone(tmp_path: Path) -> None:
    """An object may be given to whoever writes to it."""
    reason = "`write` is a name by which methods are called on objects of any class"
    assert method(tmp_path, name="write") == reason
    assert not method(tmp_path, name="write_all")


SUBCLASSES = {
    "class Loud(Mailer, logging.Handler):\n    pass\n": "logging.Handler",
    "class Loud(app.Mailer):\n    pass\n\n\nclass Louder(Loud, Base):\n    pass\n": "Base",
    "class Loud(Mailer):\n    pass\n\n\nclass Louder(Loud, Mailer):\n    pass\n": "",
}


@pytest.mark.parametrize("text", SUBCLASSES)
def test_what_a_subclass_inherits_besides_may_call_it(text: str, tmp_path: Path) -> None:
    """Wherever in the project it is made."""
    write(tmp_path, {"loud.py": text})
    other = SUBCLASSES[text]
    reason = (
        f"`work` is a method of a class that inherits from `{other}`, which may call it as well"
    )
    assert method(tmp_path) == (reason if other else "")
