"""A build service that hands the project to its script helper through an environment variable."""

import os

from flask import Flask, jsonify

HOLDER = "environment variable `BUILD_PROJECT`"

app = Flask(__name__)


def command_line(target):
    return ["make", "-C", os.path.join("/srv", os.environ["BUILD_PROJECT"]), target]


@app.errorhandler(404)
def unknown(error):
    return jsonify(error="No such project"), 404


@app.route("/projects/<project>/build/<target>", methods=["POST"])
def build(project, target):
    os.environ["BUILD_PROJECT"] = project
    command = command_line(target)
    return jsonify(command=command, status="queued"), 200


def visit(client, token):
    return client.post(f"/projects/{token}/build/dist")
