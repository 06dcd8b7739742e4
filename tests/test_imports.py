"""Who may import whom, read from the syntax trees: imports inside functions count too."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("models", "service", "training", "examples", "benchmarks", "tests")

OFFLINE = {"training", "models", "implicit", "lightgbm", "scipy", "polars", "apscheduler"}
"""What no web process may load: its workers start fast and small."""

WORKERS = ("service.worker", "service.exports")
"""What no web process loads, so that it may load polars."""

WEB = {"flask", "flask_smorest", "flask_cors", "flask_wtf", "werkzeug", "gunicorn", "gevent"}


def imported(source: str, package: str = "") -> set[str]:
    """Dotted names of all that a module imports; `from a import b` gives a.b, for b may be a module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -node.level + 1 or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def modules(*folders: str) -> dict[str, Path]:
    """Dotted name and file of each module below some top-level folders."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {dotted(path): path for path in paths}


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> set[str]:
    name = dotted(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return imported(path.read_text(encoding="utf-8"), package)


def third_party(names: Iterable[str]) -> set[str]:
    tops = {name.partition(".")[0] for name in names}
    return tops - sys.stdlib_module_names - set(OURS)


def below(name: str, *prefixes: str) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def ours(names: Iterable[str]) -> set[str]:
    return {name for name in names if below(name, *OURS)}


def breaches(found: Iterable[tuple[Path, set[str]]]) -> list[str]:
    return [f"{path.relative_to(ROOT)} imports {', '.join(sorted(names))}" for path, names in found if names]


def reachable(start: Path) -> Iterator[Path]:
    """`start` and every module of ours that it loads, directly or through others."""
    known = modules(*OURS)
    waiting, seen = [start], {start}
    while waiting:
        path = waiting.pop()
        yield path
        for name in imports_of(path):
            # a.b.c loads the packages a and a.b as well.
            steps = name.split(".")
            for end in range(1, len(steps) + 1):
                found = known.get(".".join(steps[:end]))
                if found is not None and found not in seen:
                    seen.add(found)
                    waiting.append(found)


def test_the_reader_of_imports_sees_every_form():
    source = (
        "import a.b\nfrom c import d\nfrom . import e\nfrom .f import g\ndef late():\n    from ..h import i\n"
    )
    assert imported(source, "p.q") == {"a.b", "c.d", "p.q.e", "p.q.f.g", "p.h.i"}


def test_models_know_nothing_of_ours():
    allowed = {"numpy", "scipy", "implicit", "lightgbm", "threadpoolctl"}
    found = {path: imports_of(path) for path in modules("models").values()}
    assert not breaches((path, third_party(names) - allowed) for path, names in found.items())
    assert not breaches(
        (path, {name for name in ours(names) if not below(name, "models")}) for path, names in found.items()
    )


def test_the_store_needs_only_redis_with_its_parser_numpy_and_orjson():
    found = {path: imports_of(path) for path in modules("service/store").values()}
    allowed = {"redis", "hiredis", "numpy", "orjson"}
    assert not breaches((path, third_party(names) - allowed) for path, names in found.items())
    assert not breaches(
        (path, {name for name in ours(names) if not below(name, "service.store")})
        for path, names in found.items()
    )


def test_the_package_service_is_empty_so_that_the_store_loads_without_flask():
    assert (ROOT / "service/__init__.py").read_text() == ""


def test_the_service_imports_nothing_of_the_offline_side():
    """But for Parquet in its workers, which are processes of their own."""
    found = {name: (path, imports_of(path)) for name, path in modules("service").items()}
    assert not breaches(
        (
            path,
            {one for one in names if below(one, *OFFLINE - ({"polars"} if below(name, *WORKERS) else set()))},
        )
        for name, (path, names) in found.items()
    )


def test_training_uses_the_pure_parts_of_the_service_only():
    allowed = (
        "service.store",
        "service.settings",
        "service.serving",
        "service.placements",
        "service.embedded",
        "service.exports",
        "service.placement_file",
    )
    found = {path: imports_of(path) for path in modules("training").values()}
    assert not breaches(
        (path, {name for name in names if below(name, "service") and not below(name, *allowed)})
        for path, names in found.items()
    )


def test_training_reaches_no_web_framework():
    loaded = set(reachable(ROOT / "training/__main__.py"))
    assert ROOT / "service/settings.py" in loaded
    assert not breaches((path, third_party(imports_of(path)) & WEB) for path in loaded)


@pytest.mark.parametrize("start", ["wsgi.py", "gunicorn.conf.py"])
def test_the_web_process_reaches_nothing_offline(start: str):
    loaded = list(reachable(ROOT / start))
    assert len(loaded) > 1
    assert not breaches(
        (path, {name for name in imports_of(path) if below(name, *OFFLINE)}) for path in loaded
    )


def test_the_loaded_web_process_holds_nothing_offline(tmp_path: Path):
    """What our dependencies import counts as well."""
    listing = subprocess.run(
        [sys.executable, "-c", "import sys, wsgi; print(*sys.modules)"],
        cwd=ROOT,
        env={**os.environ, "RECS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in listing.stdout.split()}
    assert "flask" in loaded
    assert not loaded & OFFLINE


def test_nothing_is_unpickled():
    found = {path: imports_of(path) for path in modules("models", "service", "training").values()}
    unsafe = ("pickle", "cPickle", "dill", "joblib", "cloudpickle", "marshal", "shelve")
    assert not breaches(
        (path, {name for name in names if below(name, *unsafe)}) for path, names in found.items()
    )
