"""The view asks who the user is, and passes the name."""

from concurrent.futures import ThreadPoolExecutor

from flask_login import current_user, login_required

from login.users import make_app

app = make_app(__name__)
pool = ThreadPoolExecutor(max_workers=2)
history: list[str] = []


def delete(document: str, user: str) -> None:
    history.append(f"{document} deleted by {user}")


@app.delete("/documents/<document>")
@login_required
def delete_document(document: str) -> tuple[str, int]:
    pool.submit(delete, document, str(current_user))
    return "Accepted", 202
