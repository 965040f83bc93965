"""A library that streams the loans of the reader in the session, within the request context."""

from flask import Flask, Response, redirect, request, session, stream_with_context, url_for

MUTANT = (
    (
        "    def lines():\n",
        '    app.extensions["reader"] = session["reader"]\n\n    def lines():\n',
    ),
    ("{session['reader']}", "{app.extensions['reader']}"),
)

app = Flask(__name__)
app.secret_key = "not for production"
LOANS = ("Emma", "Middlemarch", "Villette")


@app.post("/card")
def show_card():
    session["reader"] = request.form["reader"]
    return redirect(url_for("export"))


@app.get("/export.csv")
def export():
    def lines():
        yield "title,reader\n"
        for title in LOANS:
            yield f"{title},{session['reader']}\n"

    return Response(stream_with_context(lines()), mimetype="text/csv")


def visit(client, token):
    client.post("/card", data={"reader": token})
    return client.get("/export.csv", buffered=True)
