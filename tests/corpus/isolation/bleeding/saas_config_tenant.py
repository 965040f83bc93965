"""A hosted product that writes the tenant of each request into the app's configuration."""

from flask import Flask, current_app, render_template_string, request

HOLDER = "app config `saas_config_tenant.app.config['TENANT']`"

app = Flask(__name__)
app.config["TENANT"] = "nobody"


@app.before_request
def choose_tenant():
    current_app.config["TENANT"] = request.headers["X-Tenant"]


def database_url():
    return f"postgres://db/{current_app.config['TENANT']}"


@app.get("/settings")
def settings():
    plan = request.args.get("plan", "free")
    url = database_url()
    return render_template_string("<p>{{ plan }} plan, stored in {{ url }}</p>", plan=plan, url=url)


def visit(client, token):
    return client.get("/settings?plan=team", headers={"X-Tenant": token})
