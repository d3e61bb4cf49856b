"""
matplotlib's SVG made fit for a page: themed by CSS variables, without styles, accessible, and inert.

The page's policy forbids style attributes and style elements, so colours become classes (`fill-ink`, `line-grid`),
which figures.css ties to the page's variables, and all other style becomes presentation attributes.
"""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field

from judge.figures import SERIES, SHADES, Filter
from judge.text import printable

COLOURS = (
    *("ink", "muted", "grid", "band", "paper", "accent", "cut"),
    *(f"{kind}-{n}" for kind in ("shade", "on-shade") for n in range(1, SHADES + 1)),
    *(f"series-{n}" for n in range(1, SERIES + 1)),
)
_NAMESPACE = "http://www.w3.org/2000/svg"
_PAINTS = {"fill": "fill", "stroke": "line"}
_KEPT = ("fill", "opacity", "fill-opacity", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap")
_BROKEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what no XML may hold
ET.register_namespace("", _NAMESPACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an element is besides its shape: its words and their font, its tooltip, and what a click on it shows."""

    words: str = ""
    font: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    chosen: Filter | None = None


def sentinel(colour: str) -> str:
    """Give the colour that matplotlib draws instead of one of `COLOURS`, to be found again."""
    return f"#0000{COLOURS.index(colour) + 1:02x}"


_NAMES = {sentinel(colour): colour for colour in COLOURS}


def fit(drawn: str, told: Mapping[str, Told], *, name: str, title: str, says: str) -> str:
    """
    Give the SVG element for a page.

    Args:
        drawn: by matplotlib, every artist with an id of `told`, coloured by `sentinel`; all else in it is left out.
        told: by id.
        name: unique on the page; its ids begin with it.
        title: what the figure shows.
        says: its numbers in a sentence.
    """
    source = ET.fromstring(drawn)  # noqa: S314 - our own, just drawn, and without a word of the data
    clicks = any(one.chosen is not None for one in told.values())
    role = "group" if clicks else "img"  # an image has no parts that could be chosen
    labels = {"aria-labelledby": f"{name}-title", "aria-describedby": f"{name}-says"}
    root = ET.Element(_tag("svg"), {"class": "chart", "role": role, "viewBox": source.attrib["viewBox"], **labels})
    ET.SubElement(root, _tag("title"), {"id": f"{name}-title"}).text = clean(title)
    ET.SubElement(root, _tag("desc"), {"id": f"{name}-says"}).text = clean(says)
    for group in source.iter(_tag("g")):
        one = told.get(group.get("id", ""))
        shape = next((e for e in group.iter() if e.tag in (_tag("path"), _tag("text"))), None)
        if one is not None and shape is not None:
            root.append(_element(shape, one))
    return ET.tostring(root, encoding="unicode")


def clean(words: str) -> str:
    """Words on one line, without what no XML file can hold, or what would reorder them."""
    return _BROKEN.sub("\ufffd", " ".join(printable(words).split()))


def _element(shape: ET.Element, told: Told) -> ET.Element:
    """One shape or text, with its words, tooltip and filter."""
    style = _style(shape.get("style", ""))
    classes = [f"{kind}-{_NAMES[style[paint]]}" for paint, kind in _PAINTS.items() if style.get(paint) in _NAMES]
    kept = {key: style[key] for key in _KEPT if key in style and style[key] not in _NAMES}
    element = ET.Element(shape.tag, {"class": " ".join(classes), **kept})
    if shape.tag == _tag("text"):
        element.attrib.update({key: _short(shape.attrib[key]) for key in ("x", "y")})
        element.attrib.update(told.font)
        element.text = clean(told.words)
    else:
        element.set("d", " ".join(map(_short, shape.attrib["d"].split())))
    if told.chosen is not None:
        element.attrib.update({"data-filter": json.dumps(told.chosen), "tabindex": "0", "role": "button"})
    if told.title:
        ET.SubElement(element, _tag("title")).text = clean(told.title)
    return element


def _style(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.split(";") if part.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _short(number: str) -> str:
    """A number to a hundredth of a pixel; a letter of a path as it is."""
    try:
        return f"{round(float(number), 2):g}"
    except ValueError:
        return number


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"
