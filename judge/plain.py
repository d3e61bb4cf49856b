"""What a self-test came to, in one plain sentence. Pure."""

from collections.abc import Mapping

from judge import planting
from judge.reliability import FINDINGS, FUSED, JUDGE, SelfTest, Share

_WEAK = 0.5  # share below which a kind is left to people
_FEW = 8  # copies of a kind below which it is not spoken of alone
_NAMED = 3
_DULL = 0.25  # upper end of the interval below which a reader is called worthless
_ODD = 0.5  # review budget from which being inside means nothing
YOURSELF = {
    "factual": "read facts yourself",
    "instruction": "check yourself that answers do what was asked",
    "tone": "read for tone yourself",
    "format": "look at the form yourself",
}


def sentence(test: SelfTest, chance: float, *, sampled: bool = False) -> str:
    """
    What it catches and what it does not, and what that leaves to a person.

    Args:
        test: with shares by kind and reader.
        chance: share that a list in random order would catch: the review budget.
        sampled: whether the judge read only some of the rows.
    """
    reader = JUDGE if JUDGE in test.pooled else FINDINGS
    who = "this judge" if reader == JUDGE else "the checks without a judge"
    pooled = test.pooled[reader]
    told = [_main(who, pooled, {kind: shares[reader] for kind, shares in test.kinds.items()}, chance)]
    if FUSED in test.pooled:
        told.append(f"the list, by judge and findings, caught {test.pooled[FUSED].found} of {pooled.of}")
        if sampled:
            told.append(
                f"rows outside the sample have findings alone, by which {test.pooled[FINDINGS].found} are caught"
            )
    unread = sum(not copy.read for copy in test.copies)
    if unread:
        told.append(f"there is no readable grade on every rubric for {unread} of {len(test.copies)} copies")
    return "; ".join(told)


def _main(who: str, pooled: Share, kinds: Mapping[str, Share], chance: float) -> str:
    caught = f"{who} caught {pooled.found} of {pooled.of} planted defects"
    if not 0 < chance < _ODD:
        return f"{caught} inside a review budget of {chance:.0%}, by which nothing can be told"
    if pooled.low <= chance and pooled.high > _DULL:
        return f"{caught}, too few to tell it from chance ({chance:.0%})"
    if pooled.low <= chance:
        return f"{caught}, no more than chance would ({chance:.0%}): what it says of these rows is worth nothing"
    known = {kind: share for kind, share in kinds.items() if share.of >= _FEW}
    if not known:
        return f"{caught} ({pooled.low:.0%} to {pooled.high:.0%}), too few to tell kinds apart"
    weak = sorted((k for k, share in known.items() if share.value < _WEAK), key=lambda k: (known[k].value, k))
    best = max(known, key=lambda kind: (known[kind].low, kind))
    planters = {planter.name: planter for planter in planting.discover()}

    def figure(kind: str) -> str:
        return f"{known[kind].found} of {known[kind].of} {planters[kind].many}"

    if not weak:
        least = min(known, key=lambda kind: (known[kind].value, kind))
        return f"{caught}, of every kind more than half; least of all {figure(least)}"
    named = ", ".join(figure(kind) for kind in weak[:_NAMED])
    more = f" and less than half of {len(weak) - _NAMED} more kinds" if len(weak) > _NAMED else ""
    rubrics = dict.fromkeys(planters[kind].rubric for kind in weak)
    yourself = " and ".join(YOURSELF[rubric] for rubric in rubrics if rubric in YOURSELF)
    good = f"{figure(best)} but " if known[best].value >= _WEAK else "only "
    return f"{who} caught {good}{named}{more}: {yourself}"
