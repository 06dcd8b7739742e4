"""The application that `gunicorn wsgi:app` and `flask --app wsgi` load."""

from __future__ import annotations

from click import UsageError

from service.app import create_app
from service.commands import StoreUnavailable
from service.embedded import EmbeddedError
from service.settings import SettingsError

try:
    app = create_app()
except SettingsError as error:
    # flask shows errors of this kind as one message, and ends with their exit code.
    raise UsageError(str(error)) from error
except EmbeddedError as error:
    raise StoreUnavailable(f"The store cannot be reached: {error}") from error
