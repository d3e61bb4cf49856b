"""Rules and people together: what becomes of each row. People have the last word."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from judge.cleaning import Key, Row, Ruling
from judge.cleaning.rules import DECISIONS, Rule
from judge.rates import agreement
from judge.reliability import Decision, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """
    What people together say of a row.

    Attributes:
        word: what most of them say.
        by: the names of those who say it.
        about: the rubrics that they say it offends.
        at: when the last of them decided; empty where unknown.
    """

    word: Word
    by: str
    about: tuple[str, ...]
    at: str


def said(decisions: Sequence[Decision], rubrics: Sequence[str]) -> dict[str, Said]:
    """
    Read decisions as `reviewed` does: of each person the last word, of all of them what most say.

    Args:
        decisions: in the order in which they were made.
        rubrics: of the run.
    """
    own: defaultdict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        own[decision.by].append(decision)
    alone = {who: agreement.outcomes(made, rubrics) for who, made in own.items()}
    last = {(decision.by, decision.example_id): decision.at for decision in decisions}
    found = {}
    for name, outcome in agreement.outcomes(decisions, rubrics).items():
        people = [who for who, rows in alone.items() if name in rows and rows[name].word == outcome.word]
        about = (rubric for who in people for rubric, bad in alone[who][name].bad.items() if bad)
        found[name] = Said(
            word=outcome.word,
            by=", ".join(people),
            about=tuple(dict.fromkeys(about)),
            at=max((last[who, name] for who in people), default=""),
        )
    return found


def rule(rows: Sequence[Row], rules: Sequence[Rule], people: Mapping[str, Said]) -> dict[Key, Ruling]:
    """
    Decide each row, in order; one that is not in what comes back stays, and nothing spoke against it.

    Of several rules that choose a row the first is named. A person's `keep` beats them all, `remove` needs none of
    them, and `unsure` changes nothing. What was rejected at loading goes.
    """
    found: dict[Key, Ruling] = {}
    automatic = [one for one in rules if one.name != DECISIONS]
    for row in rows:
        if row.id is None:
            found[row.key] = Ruling(word="remove", kind="loading", by="loading", reason=row.rejected)
            continue
        chosen = next((one for one in automatic if one.picks(row)), None)
        decided = people.get(row.id)
        if decided and (decided.word == "remove" or (chosen and decided.word == "keep")):
            found[row.key] = _by_people(row, decided, chosen)
        elif chosen:
            found[row.key] = Ruling(word="remove", kind="rule", by=chosen.word, reason=row.because)
    return found


def _by_people(row: Row, decided: Said, chosen: Rule | None) -> Ruling:
    if decided.word == "remove":
        reason = "; ".join(filter(None, (*decided.about, row.because)))
        return Ruling(word="remove", kind="people", by=decided.by, reason=reason, at=decided.at)
    rule = f"against {chosen.word}" if chosen else ""
    reason = "; ".join(filter(None, (rule, row.because)))
    return Ruling(word="keep", kind="people", by=decided.by, reason=reason, at=decided.at)
