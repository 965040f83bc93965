"""An export whose streamed rows read the exporting user from a module global, row by row."""

from flask import Flask, Response, request, stream_with_context

HOLDER = "module global `export_stream_global.exporter`"

app = Flask(__name__)
app.testing = True

exporter = ""


def rows(count):
    yield "number;exported by\n"
    for number in range(1, count + 1):
        yield f"{number};{exporter}\n"


@app.get("/export")
def export():
    global exporter
    exporter = request.headers["X-User"]
    count = request.args.get("rows", 2, type=int)
    return Response(stream_with_context(rows(count)), mimetype="text/csv")


def visit(client, token):
    return client.get("/export?rows=3", headers={"X-User": token})
