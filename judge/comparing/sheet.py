"""A comparison as a table for spreadsheets and scripts: one line per variant, plain numbers. Pure."""

from dataclasses import asdict
from math import isnan

from judge.comparing import Variant
from judge.comparing.contest import Contest
from judge.comparing.lists import Likeness
from judge.reliability import Share
from judge.text import cell


def line(v: Variant, contest: Contest, likeness: Likeness) -> dict[str, object]:
    """One line of the table: plain numbers, empty where there is none."""
    stand = contest.standings.get(v.name)
    correlation = likeness.correlation[v.name]
    split = next((d for d in contest.differences if d.other == v.name), None)
    told: dict[str, object] = {
        "variant": cell(v.name),
        "settings": cell(v.settings),
        "folder": cell(v.folder),
        "model": cell(v.model),
        "chosen": v.name == contest.winner,
        **_share("recall", stand.recall if stand else None),
        **_share("judge_recall", stand.judge if stand else None),
        **_share("false_alarms", v.false_alarms),
        "average_precision": stand.average_precision if stand else None,
        "choosing_average_precision": stand.chosen_by if stand else None,
        **_share("telling_recall", stand.told if stand else None),
        "telling_average_precision": stand.precision_told if stand else None,
    }
    for key in ("more", "less", "value", "low", "high", "p", "adjusted"):
        told[f"winner_minus_this_{key}"] = asdict(split)[key] if split else None
    told["difference"] = ("real" if split.real else "noise") if split else None
    return told | {
        "agreement": v.kappa,
        "agreement_of": v.decided or None,
        "rank_correlation": None if isnan(correlation) else correlation,
        "ranked": v.ranked,
        "inside_budget": v.budget,
        "inside_here_only": len(likeness.only[v.name]),
        "unscored": v.unscored,
        "asked": v.asked,
        "reused": v.reused,
        "tokens": v.tokens,
        "tokens_without_reuse": v.price,
        "seconds": round(v.seconds, 3),
    }


def _share(name: str, share: Share | None) -> dict[str, object]:
    values = (share.value, share.low, share.high, share.found, share.of) if share and share.of else (None,) * 5
    return dict(zip((name, *(f"{name}_{key}" for key in ("low", "high", "found", "of"))), values, strict=True))
