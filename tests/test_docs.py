"""All that a user can type has its place in the documentation, and the links between pages lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from service import settings
from service.app import create_app
from training.cli import main as training

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
METHODS = {"get", "post", "put", "patch", "delete"}


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def mentions(text: str, word: str) -> bool:
    """Whether the word stands in the text by itself: `--out` is not mentioned by `--output`."""
    return re.search(rf"(?<![\w/-]){re.escape(word)}(?![\w-])", text) is not None


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))
    else:
        yield " ".join(path), command


TRAINING_COMMANDS = dict(commands(training))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Without a store: what is documented does not depend on it."""
    folder = tmp_path_factory.mktemp("docs")
    return create_app(settings.Settings(redis_url=f"unix://{folder}/no.sock", data_dir=folder))


def test_mentions_finds_whole_words_only():
    assert mentions("Use `--out FILE`.", "--out")
    assert not mentions("Use `--output FILE`.", "--out")
    assert not mentions("`/v1/admin/versions/{version}`", "/v1/admin/versions/{version}/activate")


def test_every_endpoint_of_the_openapi_document_is_documented(app: Flask):
    paths = app.test_client().get("/openapi.json").get_json()["paths"]
    endpoints = [f"{method.upper()} {path}" for path in paths for method in METHODS & paths[path].keys()]
    assert "GET /v1/recommendations" in endpoints
    page = text_of("docs/api.md")
    assert [endpoint for endpoint in endpoints if not mentions(page, endpoint)] == []


def test_every_route_is_documented(app: Flask):
    """The pages and the health endpoints too, which the OpenAPI document may leave out."""
    pages = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    rules = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    assert {"/v1/recommendations", "/healthz", "/readyz", "/metrics"} <= rules
    assets = {rule for rule in rules if rule.startswith(("/static/", "/docs/assets/"))}
    assert [rule for rule in sorted(rules - assets) if f"{rule}`" not in pages] == []


@pytest.mark.parametrize("name", settings.NAMES)
def test_every_setting_is_documented(name: str):
    assert mentions(text_of("docs/settings.md"), name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_that_a_page_names_exists(page: Path):
    assert set(re.findall(r"\bRECS_[A-Z_]+\b", page.read_text(encoding="utf-8"))) <= set(settings.NAMES)


@pytest.mark.parametrize("name, command", TRAINING_COMMANDS.items(), ids=TRAINING_COMMANDS)
def test_every_training_command_and_option_is_documented(name: str, command: click.Command):
    page = text_of("docs/training.md")
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert [word for word in (name, *sorted(options)) if not mentions(page, word)] == []


def test_every_command_of_flask_is_documented(app: Flask):
    ours = [name for name, _ in commands(app.cli)]
    assert "keys create" in ours
    page = text_of("docs/keys.md")
    assert [name for name in ours if not mentions(page, name)] == []


def test_every_make_target_is_documented():
    targets = re.findall(r"^([a-z-]+):.*## ", text_of("Makefile"), flags=re.MULTILINE)
    assert {"run", "test", "lint", "bench", "install"} <= set(targets)
    page = text_of("docs/install.md") + text_of("README.md")
    assert [target for target in targets if target != "help" and f"make {target}" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path):
    links = re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]+)?", page.read_text(encoding="utf-8"))
    targets = [(page.parent / link if link else page, anchor) for link, anchor in links]
    assert [str(target) for target, _ in targets if not target.exists()] == []
    astray = [f"{to}{anchor}" for to, anchor in targets if anchor and anchor not in anchors(to)]
    assert astray == []


def anchors(page: Path) -> set[str]:
    """What a link to one of the page's headings ends in, as GitHub has it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_anchors_are_made_of_headings(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("# A platform's own tables\ntext\n## Which `id` is which\n", encoding="utf-8")
    assert anchors(page) == {"#a-platforms-own-tables", "#which-id-is-which"}


def test_every_page_is_in_the_index():
    index = text_of("docs/README.md")
    assert [page.name for page in PAGES if page.parent.name == "docs" and f"({page.name})" not in index] == [
        "README.md"
    ]
