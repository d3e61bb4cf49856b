"""`judge verify`: a run that is what it claims to be, and every way in which one is not."""

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from judge import inbox, remaking, verify
from judge.__main__ import main
from judge.seal import sealed
from judge.transcript import file

Act = Callable[[Path], None]


def rows(folder: Path, count: int = 60) -> None:
    """A small set on two subjects, with a row that contradicts another, and one that cannot be read."""
    lines = [
        {
            "id": f"r{n}",
            "prompt": f"How long is the warranty of model {n % 20}?",
            "response": f"It is {n % 3 + 1} years.",
        }
        for n in range(count)
    ]
    text = "".join(json.dumps(line) + "\n" for line in [*lines, {"id": "bad"}])
    (folder / "rows.jsonl").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that runs are made in: one by a judge with a limit and a probe, one without a judge."""
    folder = tmp_path_factory.mktemp("verify")
    rows(folder)
    labels = [{"example_id": f"r{n}", "decision": "remove" if n % 5 else "keep"} for n in range(30)]
    (folder / "labels.jsonl").write_text("".join(json.dumps(one) + "\n" for one in labels), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        words = ["+dataset=local", "dataset.path=rows.jsonl", "dataset.labels=labels.jsonl", "quiet=true"]
        probed = ["backend=scripted", "probe.rows=6", "hints=true", "planting.share=0.5"]
        assert main(["run", *words, *probed, "hydra.run.dir=runs/rows/judged"]) == 0
        assert main(["run", *words, "backend=none", "hydra.run.dir=runs/rows/unjudged"]) == 0
        limited = ["backend=scripted", "limit.tokens=300000", "hydra.run.dir=runs/rows/limited", "store=runs/l.sqlite"]
        assert main(["run", *words, *limited]) == 0
        yield folder


@pytest.fixture
def here(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder to do harm to."""
    shutil.copytree(folder, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


@pytest.mark.parametrize("name", ["judged", "unjudged", "limited"])
def test_run_that_was_left_alone_holds(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Nothing is asked, nothing is written, and every output comes out again."""
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file() and "sqlite" not in path.name}

    assert main(["verify", f"runs/rows/{name}"]) == 0

    said = capsys.readouterr().out
    assert f"HOLDS: runs/rows/{name} is what it claims to be: 7 files came out again byte for byte" in said
    assert "not a forger" in said
    assert before == {p: p.read_bytes() for p in here.rglob("*") if p.is_file() and "sqlite" not in p.name}


def test_limited_run_was_really_cut_short(folder: Path) -> None:
    """What the test above takes apart again is a run that a limit stopped."""
    cost = inbox.load(folder / "runs/rows/limited").manifest["cost"]["scores"]
    assert cost["limited"] > 0
    assert cost["asked"] > 0


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_changed_byte_is_found(folder: Path, data: st.DataObject) -> None:
    """One bit of one byte of any file of a run; a byte more; a byte less."""
    run = folder / "runs/rows/judged"
    path = data.draw(st.sampled_from(sorted(path for path in run.iterdir() if path.stat().st_size)))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytes([whole[at] ^ (1 << data.draw(st.integers(0, 7)))])
    harmed = data.draw(
        st.sampled_from([whole[:at] + flipped + whole[at + 1 :], whole + b"\n", whole + b" ", whole[:-1], whole[:at]])
    )
    try:
        path.write_bytes(harmed)
        assert path.name in next(inbox.damage(run))
    finally:
        path.write_bytes(whole)


def edit_row(here: Path) -> None:
    """One word of the input."""
    path = here / "rows.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("It is 2 years", "It is 9 years", 1), encoding="utf-8")


def edit_labels(here: Path) -> None:
    """One decision."""
    path = here / "labels.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("keep", "unsure", 1), encoding="utf-8")


def edit_prompt(here: Path) -> None:
    """A template of the user's own that was not there."""
    (here / "prompts").mkdir()
    text = (verify.assets.PACKAGED / "prompts" / "question.j2").read_text(encoding="utf-8")
    (here / "prompts" / "question.j2").write_text(text + "Take your time.", encoding="utf-8")


def change_reply(here: Path) -> None:
    """What the judge said, in the store."""
    db = sqlite3.connect(here / "runs/replies.sqlite")
    db.execute("UPDATE replies SET text = '3' WHERE key = (SELECT key FROM replies WHERE text = '5' LIMIT 1)")
    db.commit()
    db.close()


def lose_reply(here: Path) -> None:
    """One reply fewer in the store."""
    db = sqlite3.connect(here / "runs/replies.sqlite")
    db.execute("DELETE FROM replies WHERE key = (SELECT key FROM replies LIMIT 1)")
    db.commit()
    db.close()


def reseal(here: Path, **changes: object) -> None:
    """What a careless hand would write into a manifest, under a fresh seal."""
    path = here / "runs/rows/judged/manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told.pop("seal")
    path.write_text(sealed({**told, **changes}), encoding="utf-8")


def raise_recall(here: Path) -> None:
    """A better objective than it was."""
    reseal(here, objective=0.99)


def drop_output(here: Path) -> None:
    """A file less, in the folder and in the manifest."""
    folder = here / "runs/rows/judged"
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    (folder / "suspects.csv").unlink()
    reseal(here, files={name: value for name, value in files.items() if name != "suspects.csv"})


def other_weights(here: Path) -> None:
    """Another setting than the run had."""
    config = json.loads((here / "runs/rows/judged/manifest.json").read_text(encoding="utf-8"))["config"]
    reseal(here, config={**config, "pairs": {**config["pairs"], "threshold": 0.9}})


def other_seed(here: Path) -> None:
    """Another seed than the run had: other copies would have been asked about."""
    config = json.loads((here / "runs/rows/judged/manifest.json").read_text(encoding="utf-8"))["config"]
    reseal(here, config={**config, "planting": {**config["planting"], "seed": 7}})


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (edit_row, "the input rows.jsonl has changed since the run"),
        (edit_labels, "labels, labels.jsonl, has changed since the run"),
        (edit_prompt, "wording.prompts is not what it was"),
        (change_reply, "a reply in the store is not what the run read"),
        (lose_reply, "a reply that the run read is not in the store any more"),
        (drop_output, "manifest.json, files lacks suspects.csv"),
        (raise_recall, "manifest.json, objective (“0.99”, now "),
        (other_weights, "does not come out again: "),
        (other_seed, "the run did not ask "),
    ],
)
def test_first_thing_that_is_not_so_is_named(
    here: Path, capsys: pytest.CaptureFixture[str], harm: Act, said: str
) -> None:
    """One line says what, and the exit code is 1."""
    harm(here)

    assert main(["verify", "runs/rows/judged"]) == 1

    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("DOES NOT HOLD: ")]
    assert len(shown) == 1
    assert said in shown[0]


def test_other_versions_and_other_files_are_noted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that comes out again with other packages holds; what is beside it is told, not judged."""
    told = json.loads((here / "runs/rows/judged/manifest.json").read_text(encoding="utf-8"))
    reseal(here, versions={**told["versions"], "pandas": "1.0", "vllm": "0.1"}, code="sha256:other")
    (here / "runs/rows/judged/notes.txt").write_text("mine", encoding="utf-8")

    assert main(["verify", "runs/rows/judged"]) == 0

    said = capsys.readouterr().out
    assert "noted: 1 file in its folder that the run did not write: notes.txt" in said
    assert "from other source than this one's" in said
    assert "pandas 1.0 (here " in said
    assert "vllm, not installed here" in said or "vllm 0.1 (here " in said


def test_judge_that_is_elsewhere_is_taken_from_the_record(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the model its questions cannot be prepared; the run's own record stands in, and that is said."""
    config = json.loads((here / "runs/rows/judged/manifest.json").read_text(encoding="utf-8"))["config"]
    away = {**config, "backend": {"_target_": "judge.backends.transformers.connect", "model": "/no/such/model"}}
    reseal(here, config=away)

    assert main(["verify", "runs/rows/judged"]) == 0

    said = capsys.readouterr().out
    assert "noted: its judge is not on this machine: what it was sent is taken from the run's own record" in said


def test_record_of_a_run_survives_its_file(folder: Path) -> None:
    """What is read back is what was written, and pruning needs every reply that was used."""
    run = folder / "runs/rows/judged"
    transcript = file.read(run)
    assert len(transcript.questions) > 240
    assert set(transcript.replies) == file.keys(run)
    answered = [asked for asked in transcript.questions.values() if asked.key in transcript.replies]
    assert len(answered) > 0.95 * len(transcript.questions)  # the others only measure what instructions take


def test_what_a_judge_refused_is_on_record(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal is no reply and is in no store; the outputs have its words, and come out again with them."""
    words = ["+dataset=local", "dataset.path=rows.jsonl", "backend=scripted", "backend._target_=refusing.connect"]
    gone = ["~backend.limit", "~backend.batch", "~backend.seconds", "quiet=true", "findings=false"]
    assert main(["run", *words, *gone, "hydra.run.dir=runs/rows/refused", "store=runs/refused.sqlite"]) == 0
    statuses = set(pd.read_parquet(here / "runs/rows/refused/examples.parquet")["status"])
    assert {"unanswered", "too_long", "judged"} <= statuses
    assert {one.stop for one in file.read(here / "runs/rows/refused").refused.values()} == {"refused", "too_long"}
    capsys.readouterr()

    assert main(["verify", "runs/rows/refused"]) == 0

    assert "HOLDS: runs/rows/refused" in capsys.readouterr().out


def test_same_question_with_other_tokens_is_found(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the judge is at hand, the keys of its replies are made again, and held against the record."""
    path = here / "runs/rows/judged/replies.parquet"
    table = parquet.read_table(path)
    rows = table.to_pylist()
    one, other = random.Random(0).sample([row for row in rows if row["request"]], 2)
    one["request"], other["request"] = other["request"], one["request"]
    parquet.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    told = json.loads((path.parent / "manifest.json").read_text(encoding="utf-8"))
    reseal(here, files={**told["files"], path.name: verify.digest.of_file(path)})

    assert main(["verify", "runs/rows/judged"]) == 1

    assert "other tokens than the run says it was" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("runs/replies.sqlite", "the store of replies is not here: runs/replies.sqlite; paths are as they were given"),
        ("rows.jsonl", "the input rows.jsonl cannot be read: No such file or directory; paths are as they were given"),
    ],
)
def test_what_is_not_here_cannot_be_verified(
    here: Path, capsys: pytest.CaptureFixture[str], lost: str, said: str
) -> None:
    """Exit code 2: nothing is known of the run."""
    for path in here.glob(f"{lost}*"):
        path.unlink()

    assert main(["verify", "runs/rows/judged"]) == 2
    assert said in capsys.readouterr().err
    assert not (here / lost).exists()


@given(st.text(alphabet="\\\\${}ab", max_size=12))
def test_texts_of_a_configuration_are_read_back_as_they_were(text: str) -> None:
    """What looks like an interpolation in a resolved configuration is text."""
    told = {"rubrics": {"tone": {"question": text, "levels": {"1": "a", "2": "b"}}}}
    assert remaking.config({"config": told}).rubrics.tone.question == text


def test_yaml_keys_and_interpolations_of_a_rubric_are_no_matter(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`no` and `yes` are booleans to YAML, and a question may hold what Hydra would resolve."""
    (here / "conf/rubric").mkdir(parents=True)
    text = "question: Is \\${x} kind?\nlevels: {no: it is not, yes: it is}\n"
    (here / "conf/rubric/odd.yaml").write_text(text, encoding="utf-8")
    words = ["+dataset=local", "dataset.path=rows.jsonl", "backend=scripted", "quiet=true", "selftest=off"]

    assert main(["run", *words, "+rubric@rubrics.odd=odd", "hydra.run.dir=runs/rows/odd"]) == 0
    assert main(["verify", "runs/rows/odd"]) == 0
    assert inbox.load(Path("runs/rows/odd")).manifest["config"]["rubrics"]["odd"]["question"] == "Is ${x} kind?"
    assert "HOLDS" in capsys.readouterr().out


def test_folder_that_is_used_twice_holds_the_last_run_alone(here: Path) -> None:
    """What an earlier run left there goes when the next one begins, its manifest first; what is not a run's stays."""
    folder = here / "runs/rows/judged"
    (folder / "anchors.jsonl").write_text("{}\n", encoding="utf-8")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    words = ["+dataset=local", "dataset.path=rows.jsonl", "backend=none", "quiet=true", "selftest=off"]

    assert main(["run", *words, "hydra.run.dir=runs/rows/judged"]) == 0

    assert not (folder / "anchors.jsonl").exists()
    assert (folder / "notes.txt").exists()
    assert main(["verify", "runs/rows/judged"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify"], "the following arguments are required: RUN"),
        (["verify", "nowhere"], "nowhere does not exist"),
        (["verify", "rows.jsonl"], "rows.jsonl is a file; name the folder of a run"),
        (["verify", "empty"], "empty is no complete run, and holds none"),
    ],
)
def test_user_errors_are_one_line(here: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    """No such run is exit code 2 and one line."""
    (here / "empty").mkdir()
    assert main(words) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1


def test_recorded_configuration_is_the_one_that_ran(folder: Path) -> None:
    """What `verify` builds from is the manifest's."""
    manifest = inbox.load(folder / "runs/rows/limited").manifest
    assert remaking.config(manifest).limit.tokens == 300_000


def test_a_table_of_other_columns_is_told_by_them(tmp_path: Path) -> None:
    """As between versions: which columns are gone, which are new, and how many rows there are where that differs."""
    old = pd.DataFrame({"a": [1, 2], "b": [1, 2]})
    for now, said in (
        (old.assign(c=0, d=0), "now also has columns c, d"),
        (old[["a"]].assign(c=0), "now lacks column b, now also has column c"),
        (old[:1], "it has 2 rows, and now 1"),
        (old[["b", "a"]], "its columns stand in another order"),
        (old.assign(**{f"x{n}": 0 for n in range(8)}), "now also has columns x0, x1, x2, x3, x4, x5 and 2 more"),
        (old.assign(b=0), "its column b is another"),
    ):
        one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
        old.to_parquet(one)
        now.to_parquet(two)
        assert verify.where(one, two) == said
