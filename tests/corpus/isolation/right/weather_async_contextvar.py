"""An async view gathers forecasts; each reads the reporter from a context variable."""

import asyncio
from contextvars import ContextVar

from flask import Flask, jsonify, request

MUTANT = (
    'reporter = ContextVar("reporter")',
    """class Reporter:
    def set(self, name):
        self.name = name

    def get(self):
        return self.name

    def reset(self, token):
        pass


reporter = Reporter()""",
)

CITIES = ("Oslo", "Porto")
reporter = ContextVar("reporter")


async def forecast(city):
    await asyncio.sleep(0)
    return f"{city}: sunny, says {reporter.get()}"


def create_app():
    app = Flask(__name__)

    @app.get("/weather")
    async def weather():
        token = reporter.set(request.args["reporter"])
        try:
            forecasts = await asyncio.gather(*(forecast(city) for city in CITIES))
        finally:
            reporter.reset(token)
        return jsonify(forecasts=forecasts)

    return app


def visit(client, token):
    return client.get("/weather", query_string={"reporter": token})
