"""Puts the pages for people into the application."""

from __future__ import annotations

from flask import Flask

from service.pages import console, security, sign_in, storefront, wording
from service.pages.households import HouseholdDirectory


def register_pages(app: Flask) -> None:
    """Add the storefront at `/` and the console at `/admin/`."""
    security.protect(app)
    app.extensions["households"] = HouseholdDirectory()
    app.add_template_filter(wording.time_text, "time_text")
    for module in (storefront, sign_in, console):
        app.register_blueprint(module.blueprint)
