"""Puts the pages for people into the application."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask

from service.pages import (
    cart,
    console,
    rule_editor,
    rule_trial,
    rules,
    security,
    sign_in,
    storefront,
    widget,
    wording,
)
from service.pages.households import HouseholdDirectory

YEAR_SECONDS = 365 * 86_400


def register_pages(app: Flask) -> None:
    """Add the storefront at `/` and the console at `/admin/`."""
    security.protect(app)
    app.extensions["households"] = HouseholdDirectory()
    app.add_template_filter(wording.time_text, "time_text")
    for module in (storefront, cart, sign_in, console, widget, rules, rule_editor, rule_trial):
        app.register_blueprint(module.blueprint)
    _keep_static_files_long(app)


def _keep_static_files_long(app: Flask) -> None:
    """Browsers keep them for a year; their address changes with their content."""
    digest = _digest(Path(app.static_folder or ""))
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR_SECONDS

    @app.url_defaults
    def with_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["v"] = digest


def _digest(folder: Path) -> str:
    contents = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    return hashlib.blake2b(contents, digest_size=6).hexdigest()
