"""In the pool's thread `current_user` is silently `None`: the history says "deleted by None"."""

from concurrent.futures import ThreadPoolExecutor

from flask_login import current_user, login_required

from login.users import make_app

app = make_app(__name__)
pool = ThreadPoolExecutor(max_workers=2)
history: list[str] = []


def delete(document: str) -> None:
    history.append(f"{document} deleted by {current_user}")


@app.delete("/documents/<document>")
@login_required
def delete_document(document: str) -> tuple[str, int]:
    pool.submit(delete, document)
    return "Accepted", 202
