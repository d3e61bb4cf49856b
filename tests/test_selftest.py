"""The self-test exposes weak judges in runs over the example set, and agrees with what is known of the findings."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import weak_judges as weak

from judge import audit, plain, sources, wiring
from judge.backends import scripted
from judge.console import Terminal
from judge.parts import Parts
from judge.rates import wilson
from judge.reliability import FINDINGS, FUSED, JUDGE, SelfTest, Share
from judge.screening import gather

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run, and what it left."""

    outcome: audit.Outcome
    out: Path
    said: str

    @property
    def judge(self) -> Mapping[str, Share]:
        """What the judge alone caught, by kind."""
        return {kind: shares[JUDGE] for kind, shares in self.outcome.tested.kinds.items()}

    def told(self) -> dict[str, object]:
        """The self-test as the manifest has it."""
        told = json.loads((self.out / "manifest.json").read_text("utf-8"))["selftest"]
        assert isinstance(told, dict)
        return told


def parts(folder: Path, *overrides: str, dataset: str = "support_v3") -> Parts:
    """Put a run over an example set together, of scores alone."""
    settings = ["protocol=score", "pairs.budget=0", "top=0", "report=false", f"store={folder / 'replies.sqlite'}"]
    config = wiring.compose([f"+dataset={dataset}", "backend=scripted", *settings, *overrides])
    return wiring.build(config, rubric_set="standard", out=folder / "run")


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> weak.Truth:
    """What is wrong with every copy that these runs plant."""
    made = parts(tmp_path_factory.mktemp("truth"))
    return weak.Truth(gather(made, sources.load(made.dataset).examples)[1])


def run(folder: Path, script: weak.Script, capsys: pytest.CaptureFixture[str], *overrides: str) -> Ran:
    """Audit the example set with a judge."""
    made = replace(parts(folder, *overrides), backend=scripted.connect(script=script, name="tested"))
    outcome = audit.run(made)
    return Ran(outcome=outcome, out=made.out, said=capsys.readouterr().out)


@pytest.fixture(scope="module")
def honest(truth: weak.Truth, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run with a judge that sees everything."""
    said = io.StringIO()
    made = parts(tmp_path_factory.mktemp("honest"))
    made = replace(
        made,
        backend=scripted.connect(script=weak.of(truth), name="tested"),
        console=Terminal(top=0, out=said, err=said),
    )
    return Ran(outcome=audit.run(made), out=made.out, said=said.getvalue())


def test_an_honest_judge_is_found_to_be_good(honest: Ran) -> None:
    """A judge that grades every defect down catches nearly all of every kind, raises no alarm, and that is said."""
    ran, test = honest, honest.outcome.tested
    assert test.pooled[JUDGE].value > 0.95
    assert all(share.value > 0.7 for share in ran.judge.values())
    assert test.false_alarms[JUDGE].value < 0.05
    assert test.pooled[FUSED].found >= test.pooled[FINDINGS].found
    assert test.average_precision[FUSED] > test.average_precision[FINDINGS]
    assert ran.outcome.objective == test.average_precision[FUSED]
    assert f"this judge caught {test.pooled[JUDGE].found} of {test.pooled[JUDGE].of} planted defects" in ran.said


def test_a_judge_that_is_deaf_to_negation_is_exposed(
    truth: weak.Truth, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it does not see is named with its figure, beside what it does see, and with what a person has to do."""
    ran = run(tmp_path, weak.of(truth, weak.deaf_to("negated_claim")), capsys)
    negated = ran.judge["negated_claim"]
    assert negated.high < 0.35
    assert all(share.value > 0.7 for kind, share in ran.judge.items() if kind != "negated_claim")
    assert re.search(
        rf"this judge caught \d+ of \d+ [\w ]+ but {negated.found} of {negated.of} negated claims: read facts yourself",
        ran.said,
    )
    assert ran.told()["says"] == ran.outcome.tested.says


def test_a_judge_that_finds_everything_good_is_exposed(
    truth: weak.Truth, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Always 5: nothing caught, no alarm, and its clean report is called worth nothing; findings still work."""
    ran = run(tmp_path, weak.of(truth, weak.always_best, spread=0.0), capsys)
    test = ran.outcome.tested
    assert test.pooled[JUDGE].found == 0
    assert test.false_alarms[JUDGE].found == 0
    assert f"this judge caught 0 of {test.pooled[JUDGE].of} planted defects, no more than chance" in ran.said
    assert test.pooled[FUSED].found == test.pooled[FINDINGS].found > 50


def test_a_judge_that_grades_at_random_is_exposed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It catches what a list in random order would, with as many false alarms, and does little harm to the list."""
    ran = run(tmp_path, weak.chance(), capsys)
    test = ran.outcome.tested
    assert test.pooled[JUDGE].high < 0.15
    assert "no more than chance would" in ran.said
    assert test.pooled[FUSED].found > 0.75 * test.pooled[FINDINGS].found


def test_a_judge_whose_replies_cannot_be_read_is_exposed(
    truth: weak.Truth, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What half its replies leave open counts as not caught and is said: neither rows nor copies come out clean."""
    ran = run(tmp_path, weak.half_unreadable(weak.of(truth)), capsys, "max_off_scale=0.9")
    test = ran.outcome.tested
    unread = sum(not copy.read for copy in test.copies)
    assert unread > 0.8 * len(test.copies), "four questions a copy, each of them with even chances"
    assert f"no readable grade on every rubric for {unread} of {len(test.copies)} copies" in ran.said
    assert sum(ran.outcome.accounting.unscored.values()) > 0.8 * 800
    assert 0.3 < test.pooled[JUDGE].value < 0.7
    assert test.pooled[JUDGE].of == len(test.copies)


def test_a_judge_that_obeys_rows_is_exposed(
    truth: weak.Truth, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Notes to the grader are among the planted defects: a judge that does not mind them catches none."""
    ran = run(tmp_path, weak.of(truth, weak.deaf_to("addressed_to_judge")), capsys)
    noted = ran.judge["addressed_to_judge"]
    assert noted.high < 0.35
    assert f"{noted.found} of {noted.of} notes to the grader" in ran.said


@pytest.mark.parametrize("dataset", ["support_v3", "support_v4"])
def test_what_is_planted_and_what_is_known(tmp_path: Path, dataset: str) -> None:
    """What findings catch of planted defects and of those that the set is known for differ by what the README says."""
    made = replace(parts(tmp_path, "backend=none", "quiet=true", dataset=dataset))
    outcome = audit.run(made)
    assert outcome.quality is not None
    planted, known = outcome.tested.pooled[FINDINGS], wilson(outcome.quality.found, outcome.quality.defects)
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"`{dataset}` {planted.value:.2f} ({planted.low:.2f} - {planted.high:.2f}) of the planted" in readme
    assert f"{known.value:.2f} ({known.low:.2f} - {known.high:.2f}) of the known" in readme


def test_the_self_test_stands_in_a_file_of_its_own(honest: Ran) -> None:
    """One line a copy, with what was changed and what became of it; the sums are those of the manifest."""
    ran = honest
    lines = [json.loads(line) for line in (honest.out / "selftest.jsonl").read_text("utf-8").splitlines()]
    told = ran.told()
    assert len(lines) == told["copies"]
    assert isinstance(told["all"], dict)
    assert sum(line["caught"][JUDGE] for line in lines) == told["all"][JUDGE]["found"]
    for line in lines:
        assert set(line["above"]) == set(line["caught"]) == {JUDGE, FINDINGS, FUSED}
        assert all(0 <= share <= 1 for share in line["above"].values())
        assert line["because"]
        assert line["turn"] >= 1


def test_the_self_test_can_be_switched_off_and_that_is_said(
    truth: weak.Truth, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`selftest=off` plants nothing, fits nothing, and the report says that nobody knows how good it is."""
    few = (ROOT / "data" / "support_v3.jsonl").read_text("utf-8").splitlines(keepends=True)[::6]
    (tmp_path / "rows.jsonl").write_text("".join(few), encoding="utf-8")
    ran = run(tmp_path, weak.of(truth), capsys, "selftest=off", f"dataset.path={tmp_path / 'rows.jsonl'}")
    assert "NO SELF-TEST: nobody knows what this audit catches here (selftest=off)" in ran.said
    told = ran.told()
    assert (told["copies"], told["questions"], told["says"]) == (0, 0, "")
    assert (ran.out / "selftest.jsonl").read_text("utf-8") == ""


# --- the sentence


def some(found: Mapping[str, tuple[int, int]], reader: str = JUDGE) -> SelfTest:
    """Make a self-test of what was found, by kind."""
    return SelfTest(
        why="",
        kinds={kind: {reader: wilson(*figures)} for kind, figures in found.items()},
        pooled={reader: wilson(sum(f for f, _ in found.values()), sum(n for _, n in found.values()))},
    )


FACTS_AND_TONE = "read facts yourself and read for tone yourself"
LEAST = "least of all 9 of 10 changed numbers"
WORTHLESS = "what it says of these rows is worth nothing"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            {"changed_number": (9, 10), "negated_claim": (3, 10)},
            "this judge caught 9 of 10 changed numbers but 3 of 10 negated claims: read facts yourself",
        ),
        (
            {"changed_number": (9, 10), "off_tone": (9, 10)},
            f"this judge caught 18 of 20 planted defects, of every kind more than half; {LEAST}",
        ),
        (
            {"changed_number": (3, 10), "off_tone": (4, 10)},
            f"this judge caught only 3 of 10 changed numbers, 4 of 10 slips of tone: {FACTS_AND_TONE}",
        ),
        (
            {"changed_number": (0, 10), "off_tone": (1, 10)},
            f"this judge caught 1 of 20 planted defects, no more than chance would (5%): {WORTHLESS}",
        ),
        (
            {"changed_number": (2, 2), "off_tone": (1, 2)},
            "this judge caught 3 of 4 planted defects (30% to 95%), too few to tell kinds apart",
        ),
    ],
)
def test_the_sentence_is_plain(found: Mapping[str, tuple[int, int]], said: str) -> None:
    """It names what is caught, what is not, and what that leaves to a person; or says that nothing can be said."""
    assert plain.sentence(some(found), 0.05) == said


def test_the_sentence_speaks_of_the_checks_where_nobody_judges() -> None:
    """Without a judge it is about the findings."""
    test = some({"changed_number": (9, 10), "negated_claim": (3, 10)}, FINDINGS)
    assert plain.sentence(test, 0.05).startswith("the checks without a judge caught 9 of 10 changed numbers but 3")
