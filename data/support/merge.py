"""Makes support_v4 out of support_v3: a second source comes in, old rows go or are edited, ids collide."""

import re
from dataclasses import dataclass, replace
from random import Random

from support.assemble import Message, Row, all_intents, answer, assembled, assistant, from_whole, row_key, user
from support.notation import Intent, Whole, read_whole

SEED = 20250402
NEW = 120
REMOVED = 30
REMOVED_DEFECTS = (("wrong_fact", 2), ("cut_off", 2), ("empty", 0))  # kind, and which of its rows as written
REWORDED = 5
DUPLICATES = 2
IMPORT = "partner_import"


@dataclass(frozen=True, kw_only=True)
class Merged:
    """The rows of v4 in their order; `names` holds the loader's names of rows whose id was taken already."""

    rows: list[Row]
    names: dict[int, str]


def _answered(row: Row, text: str) -> list[Message]:
    """Return the row's messages with another last answer."""
    return [*row.messages[:-1], assistant(text)]


def _plain(row: Row) -> bool:
    """Say whether a row is correct, assembled, and a single exchange without a tool or a reference text."""
    return bool(row.intent) and not row.context and [m["role"] for m in row.messages] == ["user", "assistant"]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _target(rows: list[Row], target: str, ask: str, used: list[Row]) -> Row:
    """Return the untaken row of the target intent, region and product that asks most like `ask`, plain ones first."""
    intent, *wanted = target.split()
    pairs = [word.split("=") for word in wanted]
    fitting = [row for row in rows if row.intent == intent and row not in used]
    fitting = [row for row in fitting if all(row.slots[key] == value for key, value in pairs)]
    if not fitting:
        raise LookupError(f"no row left for {target!r} in merge.txt")
    wanted_words = _words(ask)
    row = max(fitting, key=lambda row: (len(wanted_words & _words(row.ask())) / len(_words(row.ask())), _plain(row)))
    used.append(row)
    return row


def _import(whole: Whole, old: list[Row], used: list[Row]) -> Row:
    """Return a row of the second source that was written whole, with its partner among the old rows."""
    row = from_whole(replace(whole, source=IMPORT))[0]
    if whole.target:
        row.partner = _target(old, whole.target, row.ask(), used)
        if row.ask() == "=":
            row.messages[0] = user(row.partner.ask())
    return row


def _reworded(row: Row, intents: list[Intent], keys: set[str], rng: Random) -> Row:
    """Return the row with another correct answer, which no row gives to the same question yet."""
    intent = next(intent for intent in intents if intent.name == row.intent)
    other = row
    while row_key(other) in keys:
        other = replace(row, messages=_answered(row, answer(intent, row.slots, rng, signed=False)))
    return other


def _edit(rows: list[Row], edits: list[Whole], used: list[Row], rng: Random) -> dict[Row, Row]:
    """Return every edited row, keyed by the row it takes the place of; the id stays."""
    edited: dict[Row, Row] = {}
    for row in rows:
        if row.mended is not None:
            edited[row] = replace(row, messages=_answered(row, row.mended), defect="", partner=None)
    for whole in edits:
        row = _target([row for row in rows if _plain(row)], whole.target, whole.turns[0][1], used)
        worse = replace(row, messages=_answered(row, whole.turns[-1][1]), defect=whole.kind)
        edited[row] = replace(worse, rubric=whole.rubric, detail=whole.detail)
    intents = all_intents("orders", "plans", "devices")
    names = [intent.name for intent in intents]
    keys = {row_key(row) for row in rows}
    fine = [row for row in rows if _plain(row) and row not in used and row.intent in names]
    for row in rng.sample(fine, REWORDED):
        used.append(row)
        edited[row] = _reworded(row, intents, keys, rng)
    return edited


def _removed(rows: list[Row], used: list[Row], rng: Random) -> list[Row]:
    """Return the rows that go: a few defects, and correct rows that nothing refers to."""
    gone = []
    for kind, at in REMOVED_DEFECTS:
        of_kind = sorted((row for row in rows if row.defect == kind), key=lambda row: row.detail)
        gone.append(of_kind[at])
    free = [row for row in rows if row.intent and row not in used]
    return gone + rng.sample(free, REMOVED - len(gone))


def make_v4(v3: list[Row]) -> Merged:
    """Return the merged set."""
    rng = Random(SEED)  # noqa: S311 - a reproducible draw, nothing secret
    wholes = read_whole("merge.txt")
    used: list[Row] = []
    written = [_import(whole, v3, used) for whole in wholes if whole.source == IMPORT]
    colliding = [_import(whole, v3, used) for whole in wholes if whole.source == "collide"]
    edited = _edit(v3, [whole for whole in wholes if whole.source == "edit"], used, rng)
    early = [row for row in v3[: len(v3) // 2] if row.intent and row not in used]
    taken = rng.sample(early, len(colliding) + DUPLICATES)
    used += taken
    gone = _removed([row for row in v3 if row not in edited], used, rng)

    intents = all_intents("partner", "orders", "plans", "devices")
    new = written + assembled(intents, NEW - len(written), rng, [*v3, *edited.values(), *written], (IMPORT,))
    rng.shuffle(new)
    for number, row in enumerate(new, 1):
        row.id = f"par-{number:04d}"

    rows = [edited.get(row, row) for row in v3 if row not in gone]
    for row in new:
        rows.insert(rng.randrange(len(rows) + 1), row)
    late = len(rows) * 5 // 8
    names: dict[int, str] = {}
    for row, first in zip(colliding, taken, strict=False):
        row.id = first.id
        names[id(row)] = f"{row.id}@{row.source}"
        rows.insert(rng.randrange(late, len(rows) + 1), row)
    for first in taken[len(colliding) :]:
        rows.insert(rng.randrange(late, len(rows) + 1), replace(first))
    return Merged(rows=rows, names=names)
