"""What share of the planted defects was caught, by kind: a report's figure, and how such figures are told. Pure."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from judge.figures import Figure, Intervals
from judge.reliability import FINDINGS, FUSED, JUDGE, Share
from judge.views import text

ALL = "all kinds"
_NAME = 140  # characters
_READERS = {FUSED: "the list", FINDINGS: "findings alone", JUDGE: "the judge alone"}
_Line = tuple[str, Sequence[Share | None]]


def planted(manifest: Mapping[str, Any]) -> Figure | None:
    """Share that each reader caught, by kind, what the list catches best first; None without a self-test."""
    tests = manifest.get("selftest") or {}
    kinds = {kind: _shares(told) for kind, told in (tests.get("kinds") or {}).items()}
    pooled = _shares(tests.get("all") or {})
    readers = [reader for reader in _READERS if reader in pooled]
    if not tests.get("copies") or not kinds or not readers:
        return None
    main = readers[0]
    order = sorted(kinds, key=lambda kind: (-_value(kinds[kind].get(main)), kind))
    lines: list[_Line] = [(ALL, [pooled[reader] for reader in readers])]
    lines += [(spaced(kind), [kinds[kind].get(reader) for reader in readers]) for kind in order]
    names = [_READERS[reader] if len(readers) > 1 else _READERS[FUSED] for reader in readers]
    return intervals("planted", "Planted defects caught, by kind", _says(lines, names), names, lines)


def intervals(name: str, title: str, says: str, series: Sequence[str], lines: Sequence[_Line]) -> Figure:
    """Give a figure of shares by kind and series: `lines` hold all kinds first, the series that counts most first."""
    return Figure(
        id=name,
        title=title,
        says=says,
        head=["kind", "copies", *chain.from_iterable((one, "low", "high") for one in series)],
        rows=[[kind, _of(shares), *chain.from_iterable(map(_bounds, shares))] for kind, shares in lines],
        form=Intervals(series=series, lines=lines, of="copies", line=0),
    )


def spaced(name: str) -> str:
    """A kind as people read it."""
    return text.line(name, _NAME).replace("_", " ")


def percent(share: float) -> str:
    """`5.3 %`, `53 %`."""
    return f"{100 * share:.0f} %" if share >= 0.0995 or not share else f"{100 * share:.1f} %"  # noqa: PLR2004


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    *most, last = names or ["none"]
    return f"{', '.join(most)} and {last}" if most else last


def _shares(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Share]:
    return {reader: Share(**share) for reader, share in told.items()}


def _value(share: Share | None) -> float:
    return share.value if share else -1.0


def _of(shares: Sequence[Share | None]) -> int:
    return max((share.of for share in shares if share), default=0)


def _bounds(share: Share | None) -> list[str | None]:
    return [percent(v) for v in (share.value, share.low, share.high)] if share and share.of else [None] * 3


def _says(lines: Sequence[_Line], names: Sequence[str]) -> str:
    (_, (share, *others)), *kinds = lines
    if not share:
        return ""
    said = f"{names[0].capitalize()} caught {share.found:,} of {share.of:,} planted defects, {percent(share.value)}"
    said += f" (95 % interval {percent(share.low)} to {percent(share.high)})"
    rest = [f"{name} {other.found:,}" for name, other in zip(names[1:], others, strict=True) if other]
    said += f"; {listed(rest)}" if rest else ""
    told = [f"{kind} {ends[0].found:,} of {ends[0].of:,}" for kind, ends in kinds if ends[0]]
    return f"{said}. Best is {told[0]}, worst {told[-1]}." if len(told) > 1 else f"{said}."
