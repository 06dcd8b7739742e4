"""The configuration of a training run: defaults < the TOML file of RECS_CONFIG < `--set` on the command line.

Each option is one dataclass field: its name, default, bounds and help stand in one place, and
`docs/configuration.md` is tested against them.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from training.diversity.config import DiversityConfig
from training.errors import UsageError
from training.events_config import EventsConfig
from training.model_config import ModelConfig
from training.options import option

Section = TypeVar("Section")

SERVICE_TABLES = ("placements",)
"""Tables of the same file that `service` reads and validates."""


@dataclass(frozen=True)
class OrdersConfig:
    """`[orders]`"""

    max_quarantined: float = option(
        0.05,
        "A run ends with exit code 3 if a larger share of the rows than this is quarantined.",
        low=0,
        high=1,
    )


@dataclass(frozen=True)
class EvaluationConfig:
    """`[evaluation]`"""

    window_days: int = option(
        31, "The last days of the history, held back to judge a candidate by.", low=1, high=366
    )
    cutoffs: int = option(
        3, "Windows of that length, one before the other, that `evaluate` measures on.", low=1, high=24
    )
    min_customers: int = option(
        100, "With fewer customers to judge by, the better of blend and most_bought is published.", low=1
    )
    min_coverage: float = option(
        0.1,
        "Share of the products on offer that all customers' top 10 must show, of what they could show.",
        low=0,
        high=1,
    )


@dataclass(frozen=True)
class PublishConfig:
    """`[publish]`"""

    list_length: int = option(100, "Products in a list; the popular ones go on to 10,000.", low=1, high=1000)
    explain_customers: int = option(
        10_000,
        "Customers whose scores by model are kept in the store for the preview, most orders first.",
        low=0,
    )
    keep_versions: int = option(
        10, "Artefacts kept in RECS_DATA_DIR/versions, and versions in the store's list.", low=2, high=1000
    )
    demo: bool = option(
        False, "Marks the version as demonstration data, which never replaces a live version."
    )


@dataclass(frozen=True)
class TrainingConfig:
    """All of it, frozen; passed on as an object."""

    orders: OrdersConfig = OrdersConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    publish: PublishConfig = PublishConfig()
    models: ModelConfig = ModelConfig()
    diversity: DiversityConfig = DiversityConfig()
    events: EventsConfig = EventsConfig()

    def models_digest(self) -> str:
        """16 hex digits that differ where the models' configuration differs."""
        canonical = json.dumps(asdict(self.models), sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


SECTIONS: dict[str, type] = {
    name: kind
    for name, kind in get_type_hints(TrainingConfig).items()
    if name in {f.name for f in fields(TrainingConfig)}
}


def load_configuration(file: Path | None, overrides: Iterable[str] = ()) -> TrainingConfig:
    """Read, merge and check. Raises `UsageError` with one message that names every fault."""
    tables = _read_toml(file) if file else {}
    faults: list[str] = []
    for override in overrides:
        _apply_override(tables, override, faults)
    unknown = sorted(set(tables) - set(SECTIONS) - set(SERVICE_TABLES))
    faults += [
        f"[{name}] is no section; there are {', '.join([*SECTIONS, *SERVICE_TABLES])}" for name in unknown
    ]
    sections: dict[str, Any] = {
        name: parse_section(kind, name, tables.get(name, {}), faults) for name, kind in SECTIONS.items()
    }
    if faults:
        raise UsageError("configuration: " + "; ".join(faults))
    return TrainingConfig(**sections)


def parse_section(kind: type[Section], name: str, values: Any, faults: list[str]) -> Section:
    """Build one section from a TOML table; what is wrong is appended to `faults`, the default stands in."""
    if not isinstance(values, Mapping):
        faults.append(f"{name} must be a table")
        return kind()
    types = get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    accepted: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            faults.append(f"{name}.{key} is unknown; there are {', '.join(known)}")
        elif (fault := _fault(types[key], known[key].metadata, value)) is not None:
            faults.append(f"{name}.{key} {fault}, not {value!r}")
        else:
            accepted[key] = float(value) if types[key] is float else value
    return kind(**accepted)


def _fault(kind: Any, bounds: Mapping[str, Any], value: Any) -> str | None:
    choices = get_args(kind)
    if choices and not isinstance(choices[0], type):
        return None if value in choices else f"must be one of {', '.join(map(str, choices))}"
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return f"must be a {kind.__name__}"
    if isinstance(value, float) and not math.isfinite(value):
        return "must be finite"
    low, high = bounds.get("low"), bounds.get("high")
    if low is not None and value < low:
        return f"must be at least {low}"
    if high is not None and value > high:
        return f"must be at most {high}"
    return None


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"configuration: cannot read {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"configuration: {file} is not TOML: {error}") from error


def _apply_override(tables: dict[str, Any], override: str, faults: list[str]) -> None:
    key, equals, text = override.partition("=")
    section, dot, name = key.strip().partition(".")
    if not (equals and dot and section in SECTIONS):
        faults.append(
            f"--set takes SECTION.NAME=VALUE with a section of {', '.join(SECTIONS)}, not {override!r}"
        )
        return
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    table = tables.setdefault(section, {})
    if isinstance(table, dict):
        table[name] = value
