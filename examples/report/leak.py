"""Each page asks for the session in a pool's thread; the results of `map` are never read."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, session

app = Flask(__name__)
app.secret_key = "only for this example"
pool = ThreadPoolExecutor(max_workers=4)
finished: list[str] = []


def render_page(number: int) -> None:
    finished.append(f"page {number} ({session['language']})")


@app.post("/report")
def start_report() -> tuple[str, int]:
    session["language"] = "en"
    pool.map(render_page, range(1, 4))
    return "Report under way", 202
