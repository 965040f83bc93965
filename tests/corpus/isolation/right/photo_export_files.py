"""A photo album that writes each owner's export to a file of their own name, then sends it."""

import tempfile
from pathlib import Path

from flask import Flask, request
from werkzeug.utils import secure_filename

MUTANT = ('f"{secure_filename(owner)}.txt"', '"album.txt"')

app = Flask(__name__)
temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
PHOTOS = ("beach.jpg", "castle.jpg")


@app.get("/album")
def album():
    owner = request.args["owner"]
    path = Path(temporary.name) / f"{secure_filename(owner)}.txt"
    with path.open("w") as out:
        out.write(f"Album of {owner}\n")
        out.writelines(f"{photo}\n" for photo in PHOTOS)
    size = path.stat().st_size
    text = path.read_text()
    return text, {"X-Size": str(size), "Content-Type": "text/plain"}


def visit(client, token):
    return client.get("/album", query_string={"owner": token})
