"""An import logs its system user in within a request context of its own thread: `current_user` is
set.
"""

import threading

import pytest
from flask import Flask

pytest.importorskip("flask_login")
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

MUTANT = "worker-pushes"

changes: list[tuple[str, str]] = []


class SystemUser(UserMixin):
    id = "import"


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "import"
    LoginManager(app).user_loader(lambda user_id: SystemUser())
    return app


def change(record: str) -> None:
    if current_user.is_authenticated:
        changes.append((current_user.id, record))


def import_records(app: Flask, records: list[str]) -> None:
    with app.test_request_context():
        login_user(SystemUser())
        for record in records:
            change(record)
        logout_user()
        change("too late")


def test_changes_are_signed(app) -> None:
    """What the import changes is signed by its system user."""

    @app.post("/import")
    def start():
        thread = threading.Thread(target=import_records, args=(app, ["a", "b"]))
        thread.start()
        thread.join()
        return {"changes": len(changes), "by": getattr(current_user, "id", None)}

    assert app.test_client().post("/import").json == {"changes": 2, "by": None}
    assert changes == [("import", "a"), ("import", "b")]
