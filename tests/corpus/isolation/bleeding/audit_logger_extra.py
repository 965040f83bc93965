"""An audit log by a LoggerAdapter whose `extra` is one dict; the answer holds the lines logged."""

import logging

from flask import Flask, g, jsonify, request

HOLDER = "item `audit_logger_extra.audit.extra['user']`"


class RequestLines(logging.Handler):
    def emit(self, record):
        g.setdefault("lines", []).append(self.format(record))


logger = logging.getLogger("audit_logger_extra")
logger.setLevel(logging.INFO)
logger.propagate = False
handler = RequestLines()
handler.setFormatter(logging.Formatter("%(user)s %(message)s"))
logger.handlers[:] = [handler]
audit = logging.LoggerAdapter(logger, {"user": "-"})


def create_app():
    app = Flask(__name__)

    @app.before_request
    def name_user():
        audit.extra["user"] = request.authorization.username

    @app.delete("/files/<name>")
    def delete(name):
        audit.info("deleted %s", name)
        return jsonify(log=g.lines)

    return app


def visit(client, token):
    return client.delete("/files/notes.txt", auth=(token, "secret"))
