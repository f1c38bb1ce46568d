"""Renders templates; adds the icons that a page uses."""

import re

from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from entrypoints.frontend.assets import Assets, packaged_assets
from entrypoints.frontend.icons import ICONS
from entrypoints.frontend.menu import menu
from entrypoints.frontend.results import result_of
from entrypoints.frontend.speech_picture import ENTRANCE_WORDS, picture


_USED = re.compile(r'href="#i-([a-z]+)"')
_PLACE = "<!--icons-->"
_ENTRANCE_SECONDS = 7.0


class Templates:
    """The templates of this package. Everything in them is escaped unless it is `Markup`."""

    def __init__(self, assets: Assets) -> None:
        self._environment: Final = Environment(
            loader=FileSystemLoader(str(files("entrypoints.frontend").joinpath("templates"))),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals |= {
            "asset": assets.url,
            "result_of": result_of,
            "menu": menu,
            "speech_picture": picture(ENTRANCE_WORDS, _ENTRANCE_SECONDS),
        }

    def render(self, name: str, values: dict[str, Any]) -> str:
        text = self._environment.get_template(name).render(values)
        return text.replace(_PLACE, _symbols(set(_USED.findall(text))), 1)


@cache
def packaged_templates() -> Templates:
    """Those of this package. Each is compiled once in a process, when it is first rendered."""
    return Templates(packaged_assets())


def _symbols(names: set[str]) -> str:
    """One definition for each icon, to which its uses refer."""
    shapes = (
        f'<symbol id="i-{name}" viewBox="0 0 16 16">{ICONS[name]}</symbol>'
        for name in sorted(names & ICONS.keys())
    )
    return f'<svg width="0" height="0" class="sr" aria-hidden="true">{"".join(shapes)}</svg>'
