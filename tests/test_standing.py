"""What stands of people's decisions: where it is kept, who wins where two files speak, and that no file is lost."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from judge import labels, standing
from judge.inbox import Run
from judge.reliability import Decision
from judge.review.decisions import FILE, IMPORTED, Decisions, Entry

CONTENTS = {"id-a": "a", "id-b": "b", "twin": "b"}
OURS = '{"example_id": "id-a", "decision": "remove", "by": "ana", "at": "2026-11-26T10:00:00Z", "digest": "a"}\n'
HAND = '{"example_id": "id-a", "decision": "keep", "by": "ana"}\n'


def entry(row: str, word: Any = "remove", by: str = "ana", **more: Any) -> Entry:
    """Make a decision on a row whose digest is its name."""
    return Entry(digest=row, example_id=f"id-{row}", word=word, by=by, **{"how": "suspicion", **more})


def run(folder: Path, name: str = "set", given: Path | None = None) -> Run:
    """Make a run of which only its place and its set are known."""
    told = {"data": {"name": name, "digest": "p"}, "config": {"dataset": {"labels": given and str(given)}}}
    return Run(folder=folder, manifest=told)


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[Decisions]:
    """The file of decisions beside the runs of a set."""
    with closing(Decisions(tmp_path / "set" / FILE)) as made:
        yield made


def test_decisions_lie_beside_the_runs_of_a_set_however_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any folder, through a link, and for the jobs of a sweep it is the same file."""
    monkeypatch.chdir(tmp_path)
    for folder in ("runs/my_set/one", "runs/sweeps/now/0", "elsewhere/one"):
        Path(folder).mkdir(parents=True)
    expected = Path("runs/my_set") / FILE
    assert standing.store(run(Path("runs/my_set/one"))) == expected
    assert standing.store(run(tmp_path / "runs/my_set/one")) == expected
    assert standing.store(run(Path("runs/sweeps/now/0"), "my set")) == expected
    assert standing.store(run(Path("elsewhere/one"))) == Path("elsewhere") / FILE
    Path("latest").symlink_to("runs/my_set/one")
    assert standing.store(run(Path("latest"))) == expected
    monkeypatch.chdir("runs/my_set/one")
    assert standing.store(run(Path())).resolve() == (tmp_path / expected).resolve()
    assert standing.store(run(Path("../../sweeps/now/0"), "my set")).resolve() == (tmp_path / expected).resolve()


@pytest.mark.parametrize("there", [HAND, OURS, OURS + HAND, "no line\n", "\ufeff\n\n[]\n"])
@pytest.mark.parametrize("decided", [False, True])
def test_a_file_of_labels_that_was_not_written_here_is_left(beside: Decisions, there: str, *, decided: bool) -> None:
    """It may be all that there is of somebody's work: it is neither emptied nor written over, and that is told."""
    path = beside.path.with_name(standing.LABELS)
    path.write_text(there, encoding="utf-8")
    if decided:
        beside.record([entry("b")])
    said = standing.write(path, beside, "p")
    assert path.read_text(encoding="utf-8") == there
    assert said == (
        f"{path} was not written here: left as it is; take it in with: python -m judge labels RUN --from {path}"
    )


def test_our_own_file_of_labels_is_kept_up(beside: Decisions) -> None:
    """Nothing is made of nothing; later words replace earlier ones; and what was taken back leaves no empty file."""
    path = beside.path.with_name(standing.LABELS)
    assert standing.write(path, beside, "p") == ""
    assert not path.exists()
    path.write_bytes(b"")
    beside.record([entry("a", probability=0.5, population="p", drawn=2), entry("b")])
    assert standing.write(path, beside, "p") == ""
    assert [(one.digest, one.word, one.drawn) for one in labels.read(str(path))] == [
        ("a", "remove", 2),
        ("b", "remove", 1),
    ]
    beside.record([entry("a", "keep")])
    assert standing.write(path, beside, "another set") == ""
    assert [(one.digest, one.word, one.probability) for one in labels.read(str(path))] == [
        ("b", "remove", None),
        ("a", "keep", None),
    ]
    for _ in range(2):
        beside.undo("ana")
    assert standing.write(path, beside, "p") == ""
    assert not path.exists()


def words(found: standing.Standing) -> dict[tuple[str, str], str]:
    """The last word of each person on each row."""
    return {(one.example_id, one.by): one.word for one in found.decisions}


def test_of_the_same_said_twice_the_later_counts(tmp_path: Path) -> None:
    """Remove, keep, remove again, none with a time: it is to be removed."""
    given = tmp_path / "given.jsonl"
    given.write_text(HAND.replace("keep", "remove") + HAND + HAND.replace("keep", "remove"), encoding="utf-8")
    found = standing.of(run(tmp_path / "set" / "one", given=given), CONTENTS)
    assert words(found) == {("id-a", "ana"): "remove"}


def test_people_who_saw_different_copies_speak_of_one_row(tmp_path: Path, beside: Decisions) -> None:
    """Else one copy would go and the other stay."""
    beside.record([entry("b")])
    beside.record([Entry(digest="b", example_id="twin", word="keep", by="bo", how="suspicion")])
    found = standing.of(run(tmp_path / "set" / "one"), CONTENTS)
    assert words(found) == {("id-b", "ana"): "remove", ("id-b", "bo"): "keep"}


def test_in_one_file_the_later_line_stands_whatever_its_time(tmp_path: Path, beside: Decisions) -> None:
    """A word that came in from elsewhere, or from a clock that is wrong, is still the last; so it is against labels."""
    given = tmp_path / "given.jsonl"
    given.write_text(OURS.replace('"remove"', '"unsure"'), encoding="utf-8")
    beside.record([entry("a", "keep", at="2026-11-26T11:00:00Z")])
    beside.record([entry("a", "remove", how=IMPORTED, at="2026-11-26T09:00:00Z")])
    found = standing.of(run(tmp_path / "set" / "one", given=given), CONTENTS)
    assert words(found) == {("id-a", "ana"): "remove"}
    beside.record([entry("a", None, at="2026-11-26T09:00:00Z")])
    assert words(standing.of(run(tmp_path / "set" / "one", given=given), CONTENTS)) == {}
    given.write_text(OURS.replace("T10:00", "T12:00"), encoding="utf-8")
    assert words(standing.of(run(tmp_path / "set" / "one", given=given), CONTENTS)) == {("id-a", "ana"): "remove"}


def test_labels_beside_the_decisions_are_read_unless_they_were_made_of_them(tmp_path: Path, beside: Decisions) -> None:
    """A copy may be older than what it was made of; what somebody else wrote there is nowhere else."""
    path = beside.path.with_name(standing.LABELS)
    here = run(tmp_path / "set" / "one", given=path)
    beside.record([entry("b", at="2026-11-26T10:00:00Z")])
    standing.write(path, beside, "p")
    beside.record([entry("b", "keep")])
    assert words(standing.of(here, CONTENTS)) == {("id-b", "ana"): "keep"}
    path.write_text(HAND, encoding="utf-8")
    found = standing.of(here, CONTENTS)
    assert words(found) == {("id-a", "ana"): "keep", ("id-b", "ana"): "keep"}
    assert found.told == f"1 in {path} and 1 in {standing.store(here)}"
    path.unlink()
    assert words(standing.of(here, CONTENTS)) == {("id-b", "ana"): "keep"}


def test_a_line_is_a_decision_with_all_that_is_known_of_it(beside: Decisions) -> None:
    """How many rows were drawn among it; one that takes back is none."""
    beside.record([entry("b", note="n", probability=0.5, population="p", drawn=2)])
    (line,) = beside.since(0)
    assert standing.decision(line) == Decision(
        example_id="id-b",
        word="remove",
        by="ana",
        at=line.at,
        probability=0.5,
        digest="b",
        population="p",
        note="n",
        drawn=2,
    )
    beside.undo("ana")
    with pytest.raises(ValueError, match="line 2 is no decision"):
        standing.decision(beside.since(1)[0])
