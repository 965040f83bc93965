"""A sitemap is rendered in a thread's own app context; the template's `url_for` has no server
name.
"""

import logging
import threading

from flask import Flask, render_template_string

CELL = ("thread", "url_for", "logged")

TEMPLATE = """\
{% for page in pages %}
<url><loc>{{ url_for("page", name=page) }}</loc></url>
{% endfor %}
"""

log = logging.getLogger("sitemap")


class Sitemap:
    """The sitemap as it was rendered last."""

    xml = ""

    def refresh(self, app: Flask) -> None:
        with app.app_context():
            try:
                pages = ["home", "about"]
                self.xml = render_template_string(TEMPLATE, pages=pages)  # LEAK FCX101 url_for
            except Exception:
                log.exception("sitemap is stale")


def create_app(sitemap: Sitemap) -> Flask:
    app = Flask(__name__)

    @app.get("/<name>")
    def page(name: str):
        return name

    @app.post("/sitemap")
    def refresh():
        worker = threading.Thread(target=sitemap.refresh, args=(app,), daemon=True)
        worker.start()  # HANDOVER
        return "refreshing"

    return app


def test_sitemap_is_refreshed() -> None:
    """A refresh of the sitemap is answered at once."""
    assert create_app(Sitemap()).test_client().post("/sitemap").text == "refreshing"
