"""The application that `gunicorn wsgi:app` and `flask --app wsgi` load."""

from __future__ import annotations

from service.app import create_app

app = create_app()
