"""Extensions of Flask and their proxies, each the real package."""

from __future__ import annotations

import pytest
from telling_runs import Told, Watch

APP = """\
from concurrent.futures import ThreadPoolExecutor
import pytest
from flask import Flask, g
{imports}

notes = []
pool = ThreadPoolExecutor(1)

@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "a key of more than thirty-two bytes, as all say"
    return app

def ask(app, view, **options):
    app.add_url_rule("/", "index", view)
    return app.test_client().get("/", **options)
"""


def leaks(watch: Watch, imports: str, source: str, *, failed: int = 1) -> Told:
    """Run tests that leak once each, and nothing else."""
    told = watch(APP.format(imports=imports) + source)
    assert told.outcomes.get("failed") == failed, told.output[-3000:]
    assert len(told.findings) == failed, told.places
    return told


def right(watch: Watch, imports: str, source: str) -> None:
    """Run a test in which nothing is to be found, not even strictly."""
    told = watch(APP.format(imports=imports) + source, "--flaskctx=strict")
    assert told.outcomes == {"passed": 1}, told.output
    assert told.findings == [], told.places


LOGIN = "from flask_login import LoginManager, UserMixin, current_user, login_user"
USER = """
class Customer(UserMixin):
    id = "ada"

@pytest.fixture
def login(app):
    LoginManager(app).request_loader(lambda request: Customer())
"""


def test_login_silent_none(watch: Watch) -> None:
    """`current_user` of Flask-Login, silently `None` in a worker, is found at the user's line."""
    pytest.importorskip("flask_login")
    told = leaks(
        watch,
        LOGIN,
        USER
        + """
def who():
    notes.append(getattr(current_user, "id", "nobody"))

def test_leak(app, login):
    def view():
        pool.submit(who).result()
        return current_user.id

    assert ask(app, view).text == "ada"
    assert notes == ["nobody"]
""",
    )
    assert told.places == [
        ("FCX101", "new", "current_user", 'getattr(current_user, "id", "nobody")')
    ]
    assert "answers nothing instead of failing" in told.findings[0]["message"]


def test_login_in_own_app_context(watch: Watch) -> None:
    """A worker's own app context gives `current_user` no user: it stands on the request."""
    pytest.importorskip("flask_login")
    told = leaks(
        watch,
        LOGIN,
        USER
        + """
def who(app):
    with app.app_context():
        if current_user == None:
            notes.append("nobody")

def test_leak(app, login):
    def view():
        pool.submit(who, app).result()
        return "ok"

    assert ask(app, view).text == "ok"
    assert notes == ["nobody"]
""",
    )
    assert told.places == [("FCX101", "new", "current_user", "current_user == None")]


JWT = "import flask_jwt_extended as jwt\nfrom flask_jwt_extended import current_user"
TOKEN = """
@pytest.fixture
def headers(app):
    manager = jwt.JWTManager(app)
    manager.user_lookup_loader(lambda header, payload: {"name": payload["sub"]})
    with app.app_context():
        return {"Authorization": "Bearer " + jwt.create_access_token("ada")}
"""


def test_jwt_of_the_request(watch: Watch) -> None:
    """What Flask-JWT-Extended knows of the request's token is found where a worker asks for it."""
    pytest.importorskip("flask_jwt_extended")
    told = leaks(
        watch,
        JWT,
        TOKEN
        + """
def who():
    notes.append(current_user["name"])

def identity():
    notes.append(jwt.get_jwt_identity())

@pytest.mark.parametrize("work", [who, identity])
def test_leak(app, headers, work):
    @jwt.jwt_required()
    def view():
        pool.submit(work)
        return current_user["name"]

    assert ask(app, view, headers=headers).text == "ada"
""",
        failed=2,
    )
    assert told.places == [
        ("FCX101", "new", "current_user", 'current_user["name"]'),
        ("FCX101", "new", "g", "jwt.get_jwt_identity()"),
    ]


SECURITY = """\
from flask_security import Security, UserDatastore, UserMixin, RoleMixin, current_user, hash_password
from flask_security.proxies import _datastore, _security
"""
SECURED = """
class Store(UserDatastore):
    def __init__(self):
        super().__init__(User, Role)
    def find_user(self, **kwargs):
        return None

class User(UserMixin):
    id = 1
    active = True
    fs_uniquifier = "1"

class Role(RoleMixin):
    pass

@pytest.fixture
def security(app):
    app.config["SECURITY_PASSWORD_SALT"] = "salt"
    app.config["SECURITY_PASSWORD_HASH"] = "plaintext"
    app.config["SECURITY_PASSWORD_SCHEMES"] = ["plaintext"]
    app.config["SECURITY_PASSWORD_SINGLE_HASH"] = ["plaintext"]
    Security(app, Store(), register_blueprint=False)
"""


def test_security(watch: Watch) -> None:
    """The proxies of Flask-Security that stand on the app are found as what they stand on."""
    pytest.importorskip("flask_security")
    told = leaks(
        watch,
        SECURITY,
        SECURED
        + """
def who():
    notes.append(getattr(current_user, "id", "nobody"))

def user():
    notes.append(_datastore.find_user(id=1))

def extension():
    notes.append(_security.datastore)

def hashed():
    notes.append(hash_password("secret"))

@pytest.mark.parametrize("work", [who, user, extension, hashed])
def test_leak(app, security, work):
    def view():
        pool.submit(work)
        return "ok"

    assert ask(app, view).text == "ok"
""",
        failed=4,
    )
    assert {(f["code"], f["proxy"], f["function"]) for f in told.findings} == {
        ("FCX101", "current_user", "who"),
        ("FCX101", "current_app", "user"),
        ("FCX101", "current_app", "extension"),
        ("FCX101", "current_app", "hashed"),
    }


def test_security_in_own_app_context(watch: Watch) -> None:
    """A worker with an app context of its own may use what stands on the app."""
    pytest.importorskip("flask_security")
    right(
        watch,
        SECURITY,
        SECURED
        + """
def work(app):
    with app.app_context():
        return hash_password("x"), _datastore.find_user(id=1), _security.datastore

def test_right(app, security):
    def view():
        return {"hashed": pool.submit(work, app).result()[0]}

    assert ask(app, view).json == {"hashed": "x"}
""",
    )


def test_principal(watch: Watch) -> None:
    """Flask-Principal has no proxy of its own; its permissions ask `g`, at the user's line."""
    pytest.importorskip("flask_principal")
    told = leaks(
        watch,
        "import flask_principal as principal",
        """
editors = principal.Permission(principal.RoleNeed("editor"))

def work():
    try:
        notes.append(editors.can())
    except Exception:
        notes.append(False)

def test_leak(app):
    principal.Principal(app)

    def view():
        pool.submit(work)
        return "ok"

    assert ask(app, view).text == "ok"
""",
    )
    assert told.places == [("FCX101", "new", "g", "editors.can()")]


DATABASE = "from flask_sqlalchemy import SQLAlchemy\nfrom sqlalchemy import select, text"
TABLES = """
db = SQLAlchemy()

@pytest.fixture(autouse=True)
def database(app):
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
"""


def test_session_of_the_database(watch: Watch) -> None:
    """`db.session` in a worker is an access of `app_ctx`, shown at the user's line."""
    pytest.importorskip("flask_sqlalchemy")
    told = leaks(
        watch,
        DATABASE,
        TABLES
        + """
def count():
    return db.session.execute(text("select 1")).scalar()

def test_leak(app):
    def view():
        pool.submit(count)
        return str(db.session.execute(text("select 1")).scalar())

    assert ask(app, view).text == "1"
""",
    )
    (found,) = told.findings
    assert (found["code"], found["proxy"], found["function"]) == ("FCX101", "app_ctx", "count")
    assert found["expression"].startswith("db.session.execute")


def test_session_in_own_app_context(watch: Watch) -> None:
    """A worker's own app context has a `db.session` of its own."""
    pytest.importorskip("flask_sqlalchemy")
    right(
        watch,
        DATABASE,
        TABLES
        + """
def count(app):
    with app.app_context():
        return db.session.execute(text("select 1")).scalar()

def test_right(app):
    def view():
        return str(pool.submit(count, app).result())

    assert ask(app, view).text == "1"
""",
    )


def test_executor(watch: Watch) -> None:
    """Flask-Executor hands each task copies of the contexts: right."""
    pytest.importorskip("flask_executor")
    right(
        watch,
        "from flask import current_app, request\nfrom flask_executor import Executor",
        """
def path():
    g.seen = True
    return f"{request.path} {current_app.name}"

def test_right(app):
    executor = Executor(app)

    def view():
        job = executor.submit(path)
        assert list(executor.map(lambda item: f"{item} {request.path}", "a")) == ["a /"]
        return job.result()

    assert ask(app, view).text == "/ test_world"
""",
    )


OWN = """
[pytest]
flaskctx_proxies =
    tenants:tenant
    tenants:settings
"""
TENANTS = """
from flask import current_app, g, has_request_context
from werkzeug.local import LocalProxy

tenant = LocalProxy(lambda: g.tenant if has_request_context() else None)
settings = LocalProxy(lambda: current_app.config)
"""


def test_proxy_of_ones_own(watch: Watch, pytester: pytest.Pytester) -> None:
    """A proxy named in `flaskctx_proxies` is found by its name, silent or not."""
    pytester.makefile(".ini", pytest=OWN)
    pytester.makepyfile(tenants=TENANTS)
    told = leaks(
        watch,
        "from tenants import settings, tenant",
        """
def whose():
    notes.append(f"{tenant}")

def named():
    notes.append(settings["NAME"])

def test_silent(app):
    def view():
        pool.submit(whose)
        g.tenant = "shop"
        return f"{tenant}"

    assert ask(app, view).text == "shop"

def test_loud(app):
    def view():
        pool.submit(named)
        return "ok"

    assert ask(app, view).text == "ok"
""",
        failed=2,
    )
    by_proxy = {found["proxy"]: found for found in told.findings}
    assert set(by_proxy) == {"tenant", "settings"}
    assert "answers nothing" in by_proxy["tenant"]["message"]
    assert "answers nothing" not in by_proxy["settings"]["message"]


def test_proxy_of_ones_own_in_own_app_context(watch: Watch, pytester: pytest.Pytester) -> None:
    """A named proxy that stands on the app answers in a worker's own app context: right."""
    pytester.makefile(".ini", pytest=OWN)
    pytester.makepyfile(tenants=TENANTS)
    right(
        watch,
        "from tenants import settings",
        """
def named(app):
    with app.app_context():
        return settings["NAME"]

def test_right(app):
    app.config["NAME"] = "corner shop"

    def view():
        return pool.submit(named, app).result()

    assert ask(app, view).text == "corner shop"
""",
    )
