"""The view takes the language out of the session; `partial` gives it to every page."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from flask import Flask, session

app = Flask(__name__)
app.secret_key = "only for this example"
pool = ThreadPoolExecutor(max_workers=4)
finished: list[str] = []


def render_page(number: int, language: str) -> None:
    finished.append(f"page {number} ({language})")


@app.post("/report")
def start_report() -> tuple[str, int]:
    session["language"] = "en"
    pool.map(partial(render_page, language=session["language"]), range(1, 4))
    return "Report under way", 202
