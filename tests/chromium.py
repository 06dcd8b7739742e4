"""The machine's Chromium for tests, and pages in it whose errors fail the test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

Scheme = Literal["light", "dark"]


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A started browser; take it for a module, two at a time do not go."""
    with sync_playwright() as playwright:
        # In containers, where tests run as root, Chromium's own sandbox cannot start.
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


class Errors(list[str]):
    """Everything that goes wrong in a page."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        page.on("pageerror", self.of_script)
        page.on("requestfailed", self.of_request)
        page.on("response", self.of_response)
        page.on("console", self.of_console)

    def of_script(self, error: object) -> None:
        self.append(f"script: {error}")

    def of_request(self, request: Request) -> None:
        # A page that is left stops loading its pictures.
        if request.failure != "net::ERR_ABORTED":
            self.append(f"failed: {request.url} {request.failure}")

    def of_response(self, response: Response) -> None:
        if response.status >= 400:
            self.append(f"{response.status}: {response.url}")

    def of_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.append(f"console: {message.text}")


@contextmanager
def watched_page(browser: Browser, width: int, scheme: Scheme) -> Iterator[Page]:
    """A page whose errors of any kind fail the test at the end."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    errors = Errors(page)
    yield page
    page.wait_for_load_state("networkidle")
    context.close()
    assert errors == []
