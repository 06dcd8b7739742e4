"""/docs: the OpenAPI document made readable by Swagger UI, with all its files served from here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, render_template, send_from_directory

blueprint = Blueprint("documentation", __name__, template_folder="templates")


def _assets() -> Path:
    spec = find_spec("flask_swagger_ui")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("flask_swagger_ui is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent / "dist"


ASSETS = _assets()


@blueprint.get("/docs")
def docs() -> str:
    """The page."""
    return render_template("docs.html")


@blueprint.get("/docs/assets/<path:name>")
def asset(name: str) -> Response:
    """A file of Swagger UI."""
    return send_from_directory(ASSETS, name, max_age=86_400)
