"""Reports as one HTML file each: no scripts, nothing loaded from elsewhere, good to send and to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from training.html_report.plot import Plot


def rendered(
    package: str,
    template: str,
    plots: Sequence[Plot],
    filters: Mapping[str, Callable[..., object]] | None = None,
    **values: Any,
) -> str:
    """The page that a template of a package makes; it may extend `base.html`.

    Ids, titles and names of files come from strangers: all text is escaped but the drawings.

    Args:
        package: whose folder `templates` holds the template.
        plots: which it sees as `plots`, pairs of the plot and its `<svg>`.
        filters: of its own, by name.
        values: what else it sees.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("training.html_report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters or {}
    drawn = [(plot, Markup(plot.svg)) for plot in plots]
    return environment.get_template(template).render(plots=drawn, **values)
