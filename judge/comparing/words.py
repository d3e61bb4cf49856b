"""A comparison in words: a table that fits 100 columns, and sentences that call noise noise. Pure."""

import textwrap
from collections.abc import Iterator, Sequence
from math import isnan

from judge.comparing import Variant
from judge.comparing.contest import Contest, Difference, Standing
from judge.comparing.lists import Likeness
from judge.reliability import Share
from judge.text import counted

_WIDTH, _NAME, _GAP = 100, 14, "  "  # columns of the page, the fewest for names, and between columns
_IDS = 3  # rows named
_NONE = "-"


def table(variants: Sequence[Variant], contest: Contest, likeness: Likeness) -> list[str]:
    """One line per variant, more where its name is long; a column that would be empty is left out."""
    columns = _columns(variants, contest, likeness)
    width = max(_NAME, _WIDTH - sum(len(_GAP) + _widest(cells) for cells in columns))
    names = [textwrap.wrap(v.name, width) or [_NONE] for v in variants]
    width = max(len("variant"), *(len(part) for parts in names for part in parts))
    lines = []
    for n in range(2):  # heads have two lines
        head = ["", "variant"][n].ljust(width)
        lines.append(_line(head, [(cells[0].split("\n")[n], _widest(cells)) for cells in columns]))
    for n, parts in enumerate(names, start=1):
        lines.append(_line(parts[0].ljust(width), [(cells[n], _widest(cells)) for cells in columns]))
        lines += [f"  {part}".rstrip() for part in parts[1:]]
    return lines


def _columns(variants: Sequence[Variant], contest: Contest, likeness: Likeness) -> list[list[str]]:
    stands = [contest.standings.get(v.name) for v in variants]
    columns = [
        ["planted\nrecall", *(_recall(s.recall) if s else _NONE for s in stands)],
        ["by judge\nalone", *(f"{s.judge.value:.2f}" if s and s.judge else _NONE for s in stands)],
        ["false\nalarms", *(_alarms(v.false_alarms) for v in variants)],
        ["av.\nprec.", *(f"{s.average_precision:.3f}" if s else _NONE for s in stands)],
        ["agree-\nment", *(_NONE if v.kappa is None else f"{v.kappa:.2f}" for v in variants)],
        ["rank\ncorr.", *(_number(likeness.correlation[v.name]) for v in variants)],
        ["un-\nscored", *(f"{v.unscored:,}" for v in variants)],
        ["\ntokens", *(_brief(v.tokens) for v in variants)],
        ["\nreused", *(f"{v.reused:,}" if v.reused else _NONE for v in variants)],
        ["\nseconds", *(f"{v.seconds:,.0f}" for v in variants)],
    ]
    kept = ("planted", "agree-", "rank")  # what is missing there is worth a dash
    return [c for c in columns if c[0].startswith(kept) or any(cell != _NONE for cell in c[1:])]


def legend(variants: Sequence[Variant], contest: Contest) -> str:
    """What the columns are."""
    said = []
    if contest.standings:
        said += [
            f"planted recall: share caught of {_whose(contest)}, with its 95 % interval",
            "false alarms: share of the copies' sources inside the budget as they are",
            "av. prec.: average precision of the copies among the rows",
        ]
    decided = any(v.kappa is not None for v in variants)
    said.append("agreement: kappa of list and people's decisions" if decided else "agreement: nobody has decided yet")
    said.append("rank corr.: Spearman's, mean with the other lists")
    if any(v.tokens for v in variants):
        said.append("tokens: computed")
    said.append("seconds: of the whole job, the first of a sweep with its engine's start")
    if any(v.reused for v in variants):
        said.append("reused: questions answered before, which cost neither tokens nor seconds here")
    return "; ".join(said)


def _whose(contest: Contest) -> str:
    shared = f"{_copies(contest.shared)} that all of them read"
    return shared if contest.shared else "its own planted copies, as no copy is read by all of them"


def sentences(variants: Sequence[Variant], contest: Contest, likeness: Likeness) -> Iterator[str]:
    """All that a person should know before choosing one."""
    yield from _caveats(variants, contest, likeness)
    yield from _choice(variants, contest)
    yield from _rows(variants, likeness)


def wrapped(text: str) -> list[str]:
    """A sentence on lines of 100 columns, the first flush and the others set in."""
    return textwrap.wrap(text, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _caveats(variants: Sequence[Variant], contest: Contest, likeness: Likeness) -> Iterator[str]:
    if len({v.data for v in variants}) > 1:
        yield (
            f"The data differ: rows are compared where id and content are the same,"
            f" {likeness.shared:,} of {likeness.shared + likeness.apart:,}."
        )
    budgets = {v.budget for v in variants}
    if len(budgets) > 1:
        yield f"The review budgets differ ({_between(sorted(budgets))} rows): a longer list catches more."
    if len({v.model for v in variants}) > 1:
        yield f"The judges differ: {', '.join(dict.fromkeys(v.model for v in variants))}."
    untested = {v.name: v.why for v in variants if not v.copies}
    if len(untested) == len(variants) and len(set(untested.values())) == 1:
        yield f"No variant has a self-test: {variants[0].why}."
    else:
        yield from (f"{name} has no self-test: {why}." for name, why in untested.items())
    if contest.shared and contest.apart:
        yield f"{_copies(contest.apart)} that only some of the variants read {_are(contest.apart)} left out."


def _choice(variants: Sequence[Variant], contest: Contest) -> Iterator[str]:
    """Which variant to take, and which differences are noise."""
    first, second = contest.halves
    if not contest.winner:
        few = f"{_copies(contest.shared)} in common {_are(contest.shared)} too few to choose by"
        why = few if len(contest.standings) > 1 else "fewer than two variants have a self-test"
        yield f"No winner is named: {why}."
        return
    names = [v.name for v in variants if v.name in contest.standings]
    stand = contest.standings[contest.winner]
    top = [name for name in names if contest.standings[name].chosen_by >= stand.chosen_by - 1e-9]
    ties = "" if len(top) == 1 else f", level with {_list([n for n in top if n != contest.winner])}"
    yield (
        f"Chosen on {_copies(first)}: {contest.winner} (average precision {stand.chosen_by:.3f}{ties})."
        f" On the other {second:,} it catches {_found(stand.told)}, average precision {stand.precision_told:.3f}."
    )
    if len(contest.differences) > 1:
        yield (
            f"Each line below has its own 95 % interval, and p after Holm's correction for {len(contest.differences)}"
            " comparisons."
        )
    for d in contest.differences:
        yield _difference(contest.winner, d, contest.standings[d.other])
    yield _advice(variants, contest)


def _difference(winner: str, d: Difference, other: Standing) -> str:
    if not d.more + d.less:
        return f"{winner} and {d.other} catch the very same {other.told.found:,}: no difference."
    split = f"{_copies(d.more)} against {d.less:,}"
    size = f"{d.value:+.2f} ({d.low:+.2f} to {d.high:+.2f}), p {_p(d.adjusted)}"
    if not d.real:
        return f"{winner} is no better than {d.other}: {split} that only one of them catches, {size}: noise."
    if d.value > 0:
        return f"{winner} is better than {d.other}: {split} that only one of them catches, {size}."
    return f"{winner} is WORSE than {d.other} on the half that did not choose it: {split}, {size}."


def _advice(variants: Sequence[Variant], contest: Contest) -> str:
    second = contest.halves[1]
    better = [d.other for d in contest.differences if d.real and d.value < 0]
    level = [d.other for d in contest.differences if not d.real]
    power = (
        f"a difference of fewer than {contest.least}, {contest.least / second:.2f}, could not have shown"
        if contest.least <= second
        else "they are too few to tell anything"
    )
    if better:
        return f"The choice did not hold: take {_list(better)}, or plant more copies (planting.per_kind)."
    if not level:
        return f"Take {contest.winner}."
    told = "No variant is" if len(level) == len(contest.differences) else f"{_list(level)} {_are(len(level))} not"
    rest = "the others" if len(level) == len(contest.differences) else contest.winner
    return f"{told} told apart from {rest} by {_copies(second)} ({power}); {_cheapest(variants, level, contest)}."


def _cheapest(variants: Sequence[Variant], level: Sequence[str], contest: Contest) -> str:
    equals = [v for v in variants if v.name in {contest.winner, *level}]
    prices = {v.name: v.price for v in equals if v.price is not None}
    if len(prices) < len(equals):
        return "which is cheapest is not known, as answers were reused"
    if len(set(prices.values())) == 1:
        return f"they cost the same: keep {contest.winner}"
    name = min(prices, key=lambda n: prices[n])
    exact = all(not v.reused for v in equals if v.name == name)
    return f"take the cheapest: {name} ({'' if exact else 'about '}{_brief(prices[name])} tokens)"


def _rows(variants: Sequence[Variant], likeness: Likeness) -> Iterator[str]:
    """Which rows are suspect whatever the variant, and which flip."""
    if not likeness.shared:
        yield "No row is shared: the lists cannot be compared."
        return
    all_of = "both variants" if len(variants) == 2 else f"all {len(variants)} variants"  # noqa: PLR2004
    yield f"Suspect under {all_of}: {counted(likeness.by_all, 'row')}."
    only = {name: ids for name, ids in likeness.only.items() if ids}
    if only:
        each = "; ".join(f"{name} {len(ids):,} ({_some(ids)})" for name, ids in only.items())
        yield f"Suspect under one only: {each}."
    if not likeness.flips:
        yield "No row is inside the budget of one and outside that of another."
        return
    real = likeness.flips - likeness.near
    line = f"{counted(likeness.flips, 'row')} {_are(likeness.flips)} inside the budget of one and outside that of"
    line += f" another: {likeness.near:,} near the line everywhere, {real:,} not"
    if likeness.far and real:
        order = sorted(likeness.far.ranks.items(), key=lambda pair: pair[1])
        ends = [f"rank {rank:,} under {name}" for name, rank in (order[0], order[-1])]
        line += f"; farthest apart is {likeness.far.example_id}, {_list(ends)}"
    yield f"{line}."


def _line(name: str, cells: Sequence[tuple[str, int]]) -> str:
    return (name + "".join(_GAP + cell.rjust(width) for cell, width in cells)).rstrip()


def _widest(cells: Sequence[str]) -> int:
    return max(len(part) for cell in cells for part in cell.split("\n"))


def _recall(share: Share) -> str:
    return f"{share.value:.2f} {share.low:.2f}-{share.high:.2f}"


def _alarms(share: Share | None) -> str:
    return f"{share.value:.2f}" if share and share.of else _NONE


def _found(share: Share) -> str:
    return f"{share.found:,} of {share.of:,}, {share.value:.2f} ({share.low:.2f} - {share.high:.2f})"


def _number(value: float) -> str:
    return _NONE if isnan(value) else f"{value:.2f}"


def _brief(tokens: int) -> str:
    for unit, size in {"G": 10**9, "M": 10**6, "k": 10**3}.items():
        if tokens >= max(size, 10**4):
            return f"{tokens / size:.1f}{unit}"
    return f"{tokens:,}" if tokens else _NONE


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.2g}" if value < 1 else "= 1.0"  # noqa: PLR2004


def _copies(number: int) -> str:
    return f"{number:,} {'copy' if number == 1 else 'copies'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _list(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _between(numbers: Sequence[int]) -> str:
    return f"{numbers[0]:,} to {numbers[-1]:,}"


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_IDS]) + (", …" if len(ids) > _IDS else "")
