"""A report service that writes each report to the same file before it sends it."""

import tempfile
from pathlib import Path

from flask import Flask, request, send_file

HOLDER = ""

folder = tempfile.TemporaryDirectory(prefix="reports-")
OUTPUT = Path(folder.name) / "report.csv"


def write_report(owner):
    rows = ["owner,month,hours"]
    for month, hours in (("jan", 160), ("feb", 152)):
        rows.append(f"{owner},{month},{hours}")
    OUTPUT.write_text("\n".join(rows))


def create_app():
    app = Flask(__name__)

    @app.get("/reports/<owner>.csv")
    def download(owner):
        write_report(owner)
        name = request.args.get("name", "report.csv")
        return send_file(OUTPUT, mimetype="text/csv", as_attachment=True, download_name=name)

    return app


def visit(client, token):
    with client.get(f"/reports/{token}.csv?name=hours.csv") as response:
        return response.status_code, response.get_data(as_text=True)
