"""The task opens an application context of its own, and with it a session of its own."""

from concurrent.futures import ThreadPoolExecutor

from database.models import Visit, db, make_app

app = make_app(__name__)
pool = ThreadPoolExecutor(max_workers=2)


def count_visit(page: str) -> None:
    with app.app_context():
        db.session.add(Visit(page=page))
        db.session.commit()


@app.get("/pages/<page>")
def show_page(page: str) -> str:
    pool.submit(count_visit, page)
    return f"This is {page}"
