"""
Model-free checks on a set: what can be seen in a row without asking a judge.

A signal is one module in this folder, named like the signal, that holds a `SIGNAL`; there is no list to add it to.
Modules with a leading underscore are no signals. Everything here is pure: no files, clock, network or randomness.
What signals see of a set is `corpus`; how findings become a rank is not known here.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from judge.corpus import Corpus
from judge.records import Finding

__all__ = ["Signal", "discover"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """
    One check.

    Attributes:
        name: the module's own name, and the key in config.
        rubric: the criterion it speaks to (`factual`, `instruction`, `tone`, `format`), or None.
        weight: default chance in [0, 1] that a row with severity 1 is bad, until it is fitted on planted defects.
        find: reads the whole set; yields at most one finding for each judged turn, those of guests included.

    """

    name: str
    rubric: str | None
    weight: float
    find: Callable[[Corpus], Iterable[Finding]]


def discover() -> tuple[Signal, ...]:
    """Every signal in this folder, sorted by name: a new file is all it takes to be found."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    found: list[Signal] = [importlib.import_module(f"{__name__}.{name}").SIGNAL for name in names]
    return tuple(found)
