"""
Label Studio: tasks that its "Import" takes, the labeling interface for them, and its JSON and JSON-MIN exports read.

The formats are those of https://labelstud.io/guide/tasks and /guide/export. Of several versions of an annotation its
`updated_at` counts; what was skipped there, or is a prediction only, is no decision. Tasks come without predictions:
these are filled in there, so that one press of Submit would make a machine's word a person's.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from judge.errors import DataError
from judge.exchange import MOST, WORDS, Heard, Item, account, named
from judge.reliability import Decision
from judge.text import printable, quoted, whole

CHOICE, NOTE = "decision", "note"  # names in the labeling interface
_KEYS = {"remove": "r", "keep": "k", "unsure": "u"}

_INTERFACE = """\
<View>
  <Style>
    .htx-text, [data-testid^="phrase:"] { white-space: pre-wrap; }
    [data-testid^="phrase:"] [class*="selectAll"], [data-testid^="phrase:"] [class*="time"] { display: none; }
  </Style>
  <Header value="$title" size="5"/>
<REASONS>  <Paragraphs name="conversation" value="$conversation" layout="dialogue" nameKey="role" textKey="text"/>
<CONTEXT>  <Choices name="decision" toName="conversation" choice="single" showInline="true" required="true">
<CHOICES>  </Choices>
  <TextArea name="note" toName="conversation" rows="2" maxSubmissions="1" editable="true" placeholder="a note"/>
</View>
"""
_REASONS = '  <Text name="reasons" value="$reasons"/>\n'
_CONTEXT = '  <Header value="Reference text" size="6"/>\n  <Text name="context" value="$context"/>\n'


def interface(items: Sequence[Item]) -> str:
    """
    The labeling interface of these rows, as XML: why they are suspected, the conversation, three choices, and a note.
    """
    choices = "".join(f'    <Choice value="{word}" hotkey="{_KEYS[word]}"/>\n' for word in WORDS)
    parts = {
        "<REASONS>": _REASONS if any(item.reasons for item in items) else "",
        "<CONTEXT>": _CONTEXT if any(item.context for item in items) else "",
        "<CHOICES>": choices,
    }
    text = _INTERFACE
    for mark, part in parts.items():
        text = text.replace(mark, part)
    return text


def tasks(items: Sequence[Item]) -> list[dict[str, object]]:
    """
    A task for each row, undecided.

    Texts are without what turns the direction of reading, as the interface shows them side by side.
    """
    return [
        {
            "data": {
                "example_id": whole(item.id),
                "digest": item.digest,
                "title": _title(item),
                "conversation": [{"role": role, "text": printable(text)} for role, text in item.turns],
                "context": printable(item.context),
                "reasons": printable("\n".join(item.reasons)),
                "suspicion": item.suspicion,
                "rank": item.rank,
                "source": whole(item.source),
                "line": item.line,
                "probability": item.probability,
                "population": item.population,
                "drawn": None if item.probability is None else item.drawn,
            },
        }
        for item in items
    ]


def _title(item: Item) -> str:
    where = f"{item.id} (source {item.source}, line {item.line})"
    ranked = item.rank is not None and item.suspicion is not None
    return printable(f"{where}: rank {item.rank:,}, suspicion {item.suspicion:.3f}" if ranked else where)


def read(told: object, by: str = "") -> Heard:
    """
    Read an export, JSON or JSON-MIN.

    Args:
        told: the file's JSON.
        by: name of the one annotator whom the export gives but a number, or not at all.

    Raises:
        DataError: it is no export of such tasks, or names nobody, and `by` does not, either.
        ConfigError: `by` is given, and the export has several numbers.
    """
    found: list[Decision] = []
    unused: Counter[str] = Counter()
    entries = [entry for task in (told if isinstance(told, list) else [told]) for entry in _entries(task)]
    if entries and all(not _text(entry["data"], "digest") for entry in entries):
        raise DataError(
            "none of its tasks has a digest, so it is no export of tasks that `judge labels RUN --to label-studio` made"
        )
    for entry in entries:
        why, decision = _decision(entry)
        if decision is None:
            unused[why] += 1
        else:
            found.append(decision)
    return Heard(decisions=named(found, by), unused=unused, silent="" if entries else "none of its tasks is annotated")


def _entries(task: object) -> Iterator[dict[str, Any]]:
    """What one annotator said of one task: {data, words, notes, by, at, skipped}."""
    if not isinstance(task, dict):
        raise DataError("it is no export of Label Studio, which is a list of tasks")
    if not isinstance(task.get("data"), dict):
        yield {
            "data": task,
            "words": _listed(task.get(CHOICE), "choices"),
            "notes": _listed(task.get(NOTE), "text"),
            "by": account(task.get("annotator")),
            "at": _text(task, "updated_at") or _text(task, "created_at"),
            "skipped": False,
        }
        return
    annotations = task.get("annotations")
    for one in annotations if isinstance(annotations, list) else ():
        if not isinstance(one, dict):
            continue
        results = one.get("result")
        values = [r for r in results if isinstance(r, dict)] if isinstance(results, list) else []
        yield {
            "data": task["data"],
            "words": [
                word for r in values if r.get("from_name") == CHOICE for word in _listed(r.get("value"), "choices")
            ],
            "notes": [text for r in values if r.get("from_name") == NOTE for text in _listed(r.get("value"), "text")],
            "by": account(one.get("completed_by")),
            "at": _text(one, "updated_at") or _text(one, "created_at"),
            "skipped": bool(one.get("was_cancelled")),
        }


def _decision(entry: Mapping[str, Any]) -> tuple[str, Decision | None]:
    """A decision; or why there is none, in words that go on after a number."""
    data, words = entry["data"], [word.strip().casefold() for word in entry["words"]]
    if entry["skipped"]:
        return "skipped there", None
    if not _text(data, "digest"):
        return "on tasks that did not come from here", None
    if not words:
        return f"without a choice named {CHOICE}", None
    if len(set(words)) > 1:
        return "with several choices at once", None
    if words[0] not in WORDS:
        return f"that say {printable(quoted(words[0]))}, which is no decision ({', '.join(WORDS)})", None
    chance = data.get("probability")
    drawn = isinstance(chance, int | float) and not isinstance(chance, bool) and 0 < chance <= 1
    return "", Decision(
        example_id=_text(data, "example_id"),
        word=WORDS[words[0]],
        by=entry["by"],
        at=entry["at"],
        probability=float(chance) if drawn else None,
        digest=_text(data, "digest"),
        population=_text(data, "population") if drawn else "",
        note="\n".join(entry["notes"]),
        drawn=_drawn(data.get("drawn")) if drawn else 1,
    )


def _drawn(value: object) -> int:
    return value if type(value) is int and 0 < value < MOST else 1


def _listed(value: object, key: str) -> list[str]:
    """Texts of a value, which is a text, a list of them, or an object that holds either under a key."""
    if isinstance(value, dict):
        value = value.get(key)
    if isinstance(value, list):
        return [text for one in value for text in _listed(one, key)]
    return [value] if isinstance(value, str) else []


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    return value.strip() if isinstance(value, str) else ""
