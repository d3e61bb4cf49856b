"""Rows that answer one question in several ways, and what is made of them. No doubles but the scripted judge."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import pandas as pd
from shop import row

from judge import audit, contradictions, wiring
from judge.audit import Outcome
from judge.backends import scripted
from judge.contradictions import Settled
from judge.corpus import Corpus
from judge.judging import Judged
from judge.parts import Parts
from judge.ports import NoJudge
from judge.records import Example, Request, Standing, Verdict
from judge.results import Group
from judge.sources import File

GOOD = {"1": 0.01, "2": 0.01, "3": 0.01, "4": 0.01, "5": 0.95}
ASKED = (
    "How long can I return a {}?",
    "What is the return period for my {}?",
    "Until when may I send the {} back?",
    "By when do I have to return my {}?",
)
SAID = (
    "You can return your {} within {} of delivery.",
    "Yes, you can send the {} back within {} of delivery.",
    "The {} can be returned within {} after it was delivered.",
    "You have {1} from delivery to return the {0}.",
)
MORE = (
    "",
    " Open the page called My Orders and print its label.",
    " The label is in My Orders.",
    " Please keep the receipt.",
    " We send you a label by mail.",
    " Put it into its box.",
    " A courier collects the parcel.",
    " Any shop takes it back.",
    " Just bring the receipt with you.",
    " Refunds follow shortly after.",
    " No reason is needed.",
)
Script = Callable[[Request], Mapping[str, float] | str]


def period(amount: str, at: int, *, thing: str = "lamp", source: str = "shop", context: str | None = None) -> Example:
    """Make a row on the period of return; its wording is that of `at`, one of 44."""
    name = f"{amount.replace(' ', '-')}-{thing}-{at}"
    answer = SAID[at % 4].format(thing, amount) + MORE[at // 4 % len(MORE)]
    return replace(row(name, ASKED[(at + at // 4) % 4].format(thing), answer, context), source=source)


def periods(count: int, amount: str, start: int = 0, *, thing: str = "lamp", source: str = "shop") -> list[Example]:
    """Make so many rows on the period of return, no two in the same words."""
    return [period(amount, at, thing=thing, source=source) for at in range(start, start + count)]


def copied(one: Example, count: int) -> list[Example]:
    """Make copies of a row under other names."""
    return [replace(one, id=f"{one.id}-copy-{n}") for n in range(count)]


def label(**probabilities: float) -> dict[str, float]:
    """Give the labels of a pair their probabilities; what is missing to one is that of no contradiction."""
    return {**dict.fromkeys("ABCDE", 0.0), **probabilities, "F": 1 - sum(probabilities.values())}


@lru_cache
def _parts(*overrides: str) -> Parts:
    base = ["+dataset=local", "dataset.path=rows.jsonl", "backend=none", "quiet=true", "store=:memory:"]
    return wiring.build(wiring.compose([*base, *overrides]), rubric_set="standard", out=Path("unused"))


def settled(
    rows: Sequence[Example],
    guide: str | None = None,
    grades: Mapping[str, float] | None = None,
    trust: Mapping[str, float] | None = None,
) -> Settled:
    """Find and sort the contradictions of some rows by their words; `grades` are severities of facts, by row."""
    verdicts = {
        name: [Verdict(example_id=name, turn=1, rubric="factual", score=5 - 4 * severity, severity=severity)]
        for name, severity in (grades or {}).items()
    }
    parts, corpus = _parts(), Corpus(rows, guide)
    if trust is not None:
        files = {source: File(path=Path(source), trust=believed) for source, believed in trust.items()}
        parts = replace(parts, dataset=replace(parts.dataset, path=None, files=files))
    return contradictions.settle(
        parts, corpus, contradictions.look(parts, corpus), Judged(verdicts=verdicts, nobody=True)
    )


def split(found: Settled) -> Sequence[Group]:
    """The groups that disagree."""
    return [group for group in found.groups if group.camps]


def camps(group: Group) -> dict[str, int]:
    """How many rows say what."""
    return {camp.says: len(camp.members) for camp in group.camps}


def against(found: Settled, name: str) -> float:
    """The worst that is said against a row."""
    return max((standing.severity for standing in found.standings.get(name, ())), default=0.0)


def told(found: Settled, name: str) -> Standing:
    """The gravest standing of a row."""
    return max(found.standings[name], key=lambda standing: standing.severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A whole audit: what it came to, its folder, and what the judge was newly asked about pairs."""

    outcome: Outcome
    out: Path
    asked: Sequence[Request] = field(default=(), repr=False)

    def lines(self, name: str) -> list[dict[str, object]]:
        """Objects of one of its JSON Lines files."""
        return [json.loads(line) for line in (self.out / name).read_text("utf-8").splitlines()]

    @property
    def pairs(self) -> pd.DataFrame:
        """Its contradictions."""
        return pd.read_parquet(self.out / "pairs.parquet")

    @property
    def told(self) -> dict[str, object]:
        """What its manifest says of pairs."""
        found = json.loads((self.out / "manifest.json").read_text("utf-8"))["pairs"]
        assert isinstance(found, dict)
        return found


def audited(
    folder: Path, rows: Sequence[Example] | str, *overrides: str, script: Script | None = None, name: str = "script"
) -> Ran:
    """Audit rows, or a preset; `script` answers on pairs, and there is budget for all; None: no judge."""
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(rows, str):
        chosen = [f"+dataset={rows}"]
    else:
        chosen = ["+dataset=local", f"dataset.path={write(folder / 'rows.jsonl', rows)}"]
    base = [*chosen, "backend=none", "quiet=true", "protocol=score", "pairs.budget=100"]
    base = [*base, "report=false", f"store={folder / 'replies.sqlite'}"]
    out = folder / f"run{len(list(folder.glob('run*')))}"
    parts = wiring.build(wiring.compose([*base, *overrides]), rubric_set="standard", out=out)
    asked: list[Request] = []

    def answer(request: Request) -> Mapping[str, float] | str:
        if not request.pair:
            return GOOD
        assert script is not None
        asked.append(request)
        return script(request)

    backend = parts.backend if script is None else scripted.connect(script=answer, name=name)
    assert script is not None or isinstance(backend, NoJudge)
    return Ran(outcome=audit.run(replace(parts, backend=backend)), out=out, asked=asked)


def write(path: Path, rows: Sequence[Example]) -> Path:
    """JSON Lines of single questions and answers, with context and source where there are any."""
    lines = [
        {
            "id": one.id,
            "messages": [{"role": turn.role, "content": turn.content} for turn in one.turns],
            "source": one.source,
            **({"context": one.context} if one.context else {}),
        }
        for one in rows
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path
