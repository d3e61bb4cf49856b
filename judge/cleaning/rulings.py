"""
Rules and people together: what becomes of each row. People have the last word.

Rows of equal content share one fate, in one file or in several: a row goes if a rule chooses it or any of its copies,
and stays if a person keeps it or any of them. A copy that is chosen mostly for being one goes alone, and what it is a
copy of stays. Only where people say both `keep` and `remove` of copies do these part:
each goes by the word on itself, the others by what is said of most, and by the rules where that is a tie.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from judge.cleaning import Key, Row, Ruling, contents, joined
from judge.cleaning.rules import DECISIONS, Rule
from judge.rates import agreement
from judge.reliability import Decision, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """
    What people together say of a row.

    Attributes:
        row: its id.
        word: what most of them say.
        by: the names of those who say it.
        about: the rubrics that they say it offends.
        at: when the last of them decided; empty where unknown.
        note: what they had to say of it, on one line.
    """

    row: str
    word: Word
    by: str
    about: tuple[str, ...]
    at: str
    note: str = ""

    def of(self, row: Row) -> str:
        """The row that it was said of, where that is a copy of this one; else empty."""
        return "" if row.id == self.row else self.row


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
    last = {(decision.by, decision.example_id): decision for decision in decisions}
    found = {}
    for name, outcome in agreement.outcomes(decisions, rubrics).items():
        people = [who for who, rows in alone.items() if name in rows and rows[name].word == outcome.word]
        about = (rubric for who in people for rubric, bad in alone[who][name].bad.items() if bad)
        found[name] = Said(
            row=name,
            word=outcome.word,
            by=", ".join(people),
            about=tuple(dict.fromkeys(about)),
            at=max((last[who, name].at for who in people), default=""),
            note=joined(*dict.fromkeys(" ".join(last[who, name].note.split()) for who in people)),
        )
    return found


def heard(rows: Sequence[Row], people: Mapping[str, Said]) -> dict[Key, Said]:
    """
    By row, what people say of its content: of the row itself, else of most of its copies; a tie says nothing.

    `unsure` is no word here: it changes nothing.
    """
    found = {}
    for copies in contents(rows):
        told = ((row.key, people.get(row.id or "")) for row in copies)
        own = {key: one for key, one in told if one and one.word != "unsure"}
        most = _most(list(own.values()))
        for row in copies:
            if one := own.get(row.key, most):
                found[row.key] = one
    return found


def _most(own: Sequence[Said]) -> Said | None:
    """The first that says what most do."""
    counts = Counter(one.word for one in own)
    if not counts or counts["keep"] == counts["remove"]:
        return None
    word = counts.most_common(1)[0][0]
    return next(one for one in own if one.word == word)


def rule(rows: Sequence[Row], rules: Sequence[Rule], people: Mapping[Key, Said]) -> dict[Key, Ruling]:
    """
    Decide each row, in order; one that is not in what comes back stays, and nothing spoke against it.

    Of several rules that choose a row the first is named. A person's `keep` beats them all, and `remove` needs none of
    them. What was rejected at loading goes.

    Args:
        rows: of the input.
        rules: that choose rows.
        people: what they say of each row, or of its copies.
    """
    automatic = [one for one in rules if one.name != DECISIONS]
    found = {row.key: ruling for copies in contents(rows) for row, ruling in _rule(copies, automatic, people)}
    return {row.key: found[row.key] for row in rows if row.key in found}


def _rule(copies: Sequence[Row], rules: Sequence[Rule], people: Mapping[Key, Said]) -> Iterator[tuple[Row, Ruling]]:
    """Decide rows of one content."""
    picked = [(row, one) for row in copies if (one := next((one for one in rules if one.picks(row)), None))]
    own = {row.key: (row, one) for row, one in picked}
    passed_on = next(((row, one) for row, one in picked if not row.repeated), None)
    for row in copies:
        decided = people.get(row.key)
        chooser, chosen = own.get(row.key) or passed_on or (row, None)
        if row.id is None:
            yield row, Ruling(word="remove", kind="loading", by="loading", reason=row.rejected)
        elif decided and decided.word == "remove":
            yield row, by_people(row, decided, *decided.about)
        elif decided and chosen:
            yield row, by_people(row, decided, f"against {chosen.word}")
        elif chosen:
            copy_of = "" if chooser is row else chooser.id or ""
            reason = joined(f"copy of {copy_of}" if copy_of else "", chooser.because)
            yield row, Ruling(word="remove", kind="rule", by=chosen.word, reason=reason, copy_of=copy_of)


def by_people(row: Row, said: Said, *why: str) -> Ruling:
    """Rule that a row goes or stays as people say, of it or of a copy of it."""
    copy_of = said.of(row)
    return Ruling(
        word="remove" if said.word == "remove" else "keep",
        kind="people",
        by=said.by,
        reason=joined(f"copy of {copy_of}" if copy_of else "", *why, said.note, row.because),
        at=said.at,
        copy_of=copy_of,
    )


def parted(rows: Sequence[Row], people: Mapping[Key, Said]) -> list[list[Row]]:
    """Rows of equal content of which people keep some and remove others, each content's together."""
    both = ([row for row in copies if row.key in people] for copies in contents(rows))
    return [told for told in both if len({people[row.key].word for row in told}) > 1]
