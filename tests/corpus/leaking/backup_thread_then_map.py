"""A backup thread maps over tables in a pool of its own, and only logs that no app is bound."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, current_app as application

CELL = ("nested-pool", "current_app", "logged")

logger = logging.getLogger(__name__)


def dump(table: str) -> str:
    target = application.config["BACKUP_PATH"]  # LEAK FCX101 current_app
    return f"{target}/{table}.sql"


def back_up(tables: list[str]) -> None:
    with ThreadPoolExecutor(max_workers=2) as dumpers:
        dumps = dumpers.map(dump, tables)  # HANDOVER
        try:
            logger.info("written: %s", ", ".join(dumps))
        except Exception as error:
            logger.error("backup failed: %s", error)


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["BACKUP_PATH"] = "/var/backups"

    @app.post("/admin/backup")
    def start():
        threading.Thread(target=back_up, args=(["users", "orders"],)).start()
        return "started", 202

    return app


def test_backup_starts() -> None:
    """An administrator can start a backup."""
    assert create_app().test_client().post("/admin/backup").status_code == 202
