"""A registry in which each plugin gets a port once and for all, under a lock."""

import threading

from flask import Flask, jsonify, request

MUTANT = ("with registry_lock:", "if name:")


def create_app():
    app = Flask(__name__)
    ports = {}
    owners = {}
    registry_lock = threading.Lock()

    def register(name):
        with registry_lock:
            if name not in ports:
                port = 9000 + len(ports)
                ports[name] = port
                owners[port] = name
        return ports[name]

    @app.post("/plugins")
    def plugins():
        name = request.form["name"]
        port = register(name)
        return jsonify(name=name, port=port)

    @app.get("/ports/<int:port>")
    def port_owner(port):
        return jsonify(port=port, owner=owners.get(port))

    return app


def visit(client, token):
    plugin = client.post("/plugins", data={"name": token})
    return plugin, client.get(f"/ports/{plugin.json['port']}")
