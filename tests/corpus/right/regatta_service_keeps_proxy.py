"""A service of the app keeps the proxy `session` as a module would, and its job does not touch it."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, session

MUTANT = "proxy-in-scope"


class Race:
    """Lives as long as the app."""

    def __init__(self, app: Flask) -> None:
        self.session = session
        self.times: list[int] = []
        self.pool = ThreadPoolExecutor(max_workers=1)
        app.add_url_rule("/finish/<int:time>", view_func=self.finish, methods=["POST"])

    def sort(self) -> None:
        self.times.sort()

    def finish(self, time: int):
        self.session["last"] = time
        self.times.append(time)
        self.pool.submit(self.sort)
        return {"last": self.session["last"]}


def test_finish_is_timed() -> None:
    """The last time is the one that was just taken."""
    app = Flask(__name__)
    app.secret_key = "race"
    race = Race(app)
    client = app.test_client()
    assert [client.post(f"/finish/{time}").json["last"] for time in (31, 29)] == [31, 29]
    race.pool.shutdown(wait=True)
    assert race.times == [29, 31]
