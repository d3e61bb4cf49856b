"""The gate: what a run must keep to, by the exit code, on the console, in the manifest and as JUnit XML. Real runs."""

import contextlib
import copy
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import DictConfig

from judge import digest, gate, gating, junit, outbox, settings, wiring
from judge.__main__ import main
from judge.errors import ConfigError
from judge.gating import Numbers, Rules, decide
from judge.parts import Gate, Parts
from judge.rates import defect_rate, wilson
from judge.watch import Change, Check, Drift

RATE = defect_rate([True] * 2 + [False] * 38, [5.0] * 40, [0.1] * 40, [0.1] * 200)


def change(mean: float, reach: float = 0.1, rows: int = 48) -> Change:
    """Make a change of a rubric of five levels, with an interval that goes so far to either side."""
    share = wilson(0, rows)
    told = {"mean": mean, "low": mean - reach, "high": mean + reach, "moved": share, "flagged": False, "clear": True}
    return Change(rows=rows, levels=5, **told)


NUMBERS = Numbers(
    rows=200,
    judged=180,
    unscored=20,
    contradictions=12,
    planted=wilson(30, 100),
    rate=RATE,
    new=("a", "b", "c"),
    since="runs/x/1",
    judge=True,
    alone=wilson(20, 100),
    chance=0.05,
    drift=Drift(
        drifted=True,
        says="",
        anchors=48,
        against="runs/x/9",
        rubrics={"tone": change(0.2), "factual": change(0.0)},
        origin="runs/x/0",
        origin_rubrics={"tone": change(-0.85), "factual": change(0.3)},
    ),
    rubrics=("factual", "tone"),
)
UNKNOWN = Numbers(rows=200, judged=0, unscored=0, contradictions=0, planted=None, unplanted="3 rows are too few")
README = Path(__file__).resolve().parent.parent / "README.md"
ROWS = [{"id": f"r{n}", "prompt": f"What is {n} plus {n}?", "response": f"It is {2 * n}."} for n in range(1, 41)]
HOLES = [{"id": f"hole{n}", "prompt": f"What is {n} times {n}?", "response": ""} for n in range(2, 4)]
DISPUTE = [
    {"id": "yes", "prompt": "Can I take a lamp back after 30 days?", "response": "Yes, you can take the lamp back."},
    {"id": "no", "prompt": "Can I take a lamp back after 30 days?", "response": "No, you cannot take the lamp back."},
]


@pytest.mark.parametrize(
    ("rule", "holds", "breaks", "says"),
    [
        (
            "max_new_suspects",
            3,
            2,
            "3 rows are new inside the review budget since runs/x/1, at most 2 are allowed (a, ",
        ),
        (
            "max_defect_rate",
            RATE.high,
            RATE.high - 1e-6,
            "people would remove 5% of the rows (0.611% - 16.9%, by 40 random decisions), so up to 16.9%, at most",
        ),
        ("min_coverage", 0.9, 0.9001, "180 of 200 rows were judged (90%), at least 90% is wanted"),
        (
            "min_planted_recall",
            0.3,
            0.31,
            "the list catches 30 of 100 planted defects, 30% (21.9% - 39.6%), at least 31%",
        ),
        ("max_unscored", 0.1, 0.09, "20 of 200 rows that the judge was asked about have no score (10%), at most 9% is"),
        ("max_contradictions", 12, 11, "12 pairs contradict each other, at most 11 are allowed"),
        (
            "max_drift",
            0.75,
            0.7,
            "the judge moved by -0.85 of 5 levels on tone (-0.95 - -0.75) since runs/x/0, so certainly by 0.75, at",
        ),
    ],
)
def test_a_rule_holds_at_its_limit_and_breaks_beyond(rule: str, holds: float, breaks: float, says: str) -> None:
    """A limit is what is still allowed; a sentence tells the number, its interval and the limit."""
    (kept,) = decide(replace(Rules(), **{rule: holds}), NUMBERS)
    (broken,) = decide(replace(Rules(), **{rule: breaks}), NUMBERS)

    assert (kept.rule, kept.passed, broken.passed) == (rule, True, False)
    assert broken.says.startswith(says)


def test_a_number_that_is_not_known_breaks_its_rule_and_a_missing_earlier_run_does_not() -> None:
    """Nobody passes a gate by not being measured; the first run of a set has nothing to be held against."""
    rules = Rules(
        max_new_suspects=0,
        max_defect_rate=1,
        min_coverage=0,
        min_planted_recall=0,
        max_unscored=1,
        max_contradictions=0,
        max_drift=4,
    )

    checks = decide(rules, replace(UNKNOWN, since="runs/x"))

    assert {c.rule: c.passed for c in checks} == {
        "max_new_suspects": None,
        "max_defect_rate": False,
        "min_coverage": True,
        "min_planted_recall": False,
        "max_unscored": False,
        "max_contradictions": True,
        "max_drift": False,
    }
    assert checks[0].says == "not checked: no earlier run of this set by this judge to count against in runs/x"
    assert checks[3].says == "no planted defect was read: 3 rows are too few"
    assert gating.summary(checks) == "gate: 4 of 7 rules are broken, 1 not checked"
    assert gating.summary(checks[:1]) == "gate: 0 of 1 rule hold, 1 not checked"


@pytest.mark.parametrize(
    ("drift", "passed", "says"),
    [
        (
            Drift(drifted=None, says="48 anchors judged; no earlier run", anchors=48),
            None,
            "not checked: 48 anchors judged",
        ),
        (
            Drift(
                drifted=None,
                says="",
                anchors=48,
                against="runs/x/9",
                rubrics={"tone": change(0), "factual": change(0, rows=4)},
            ),
            False,
            "how far the judge has moved on factual since runs/x/9 is not known: fewer than 5 anchors were graded then",
        ),
        (
            Drift(
                drifted=False,
                says="",
                anchors=48,
                against="runs/x/9",
                rubrics={"tone": change(0), "factual": change(0)},
            ),
            True,
            "the judge moved by +0.00 of 5 levels on tone (-0.10 - 0.10) since runs/x/9, so certainly by 0.00",
        ),
    ],
)
def test_drift_that_is_not_measured_passes_no_gate(drift: Drift, *, passed: bool | None, says: str) -> None:
    """Without an earlier reading there is nothing to check; a rubric that is not graded any more is no steady one."""
    (check,) = decide(Rules(max_drift=0), replace(NUMBERS, drift=drift))

    assert check.passed is passed
    assert check.says.startswith(says)


def test_a_judge_that_knows_nothing_breaks_the_rule_on_planted_defects() -> None:
    """Findings alone may carry the list; a judge beside them must catch more than a blind draw of the budget would."""
    rules = Rules(min_planted_recall=0.1)

    def told(found: int, of: int) -> Check:
        return decide(rules, replace(NUMBERS, alone=wilson(found, of)))[0]

    assert [told(20, 100).passed, told(3, 190).passed, told(1, 8).passed] == [True, False, False]
    assert told(3, 190).says.startswith(
        "the judge alone caught 3 of 190 (0.538% - 4.54%), no more than chance (5%); the "
    )
    assert (
        "caught 1 of 8 (2.24% - 47.1%), which may be chance (5%); the list catches 30 of 100 planted" in told(1, 8).says
    )
    assert decide(rules, replace(NUMBERS, alone=None))[0].passed


def test_a_judge_that_scored_nothing_breaks_any_gate() -> None:
    """Whatever the rules are; without a judge, or without rules, there is nothing to break."""
    mute = replace(NUMBERS, judged=0, unscored=126)
    rules = Rules(max_contradictions=99)

    kept, broken = decide(rules, mute)

    assert (kept.passed, broken.rule, broken.passed) == (True, "judge", False)
    assert broken.says.startswith("the judge scored none of 126 rows")
    assert [len(decide(rules, one)) for one in (replace(mute, judge=False), replace(mute, judged=1))] == [1, 1]
    assert decide(Rules(), mute) == ()


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400), st.floats(0, 1), st.floats(0, 1))
def test_a_stricter_rule_never_holds_where_a_laxer_one_breaks(
    judged: int, unscored: int, rest: int, one: float, other: float
) -> None:
    """Rules are monotone in their limits, whatever the numbers."""
    numbers = replace(NUMBERS, rows=judged + unscored + rest, judged=judged, unscored=unscored, judge=False)
    lax, strict = max(one, other), min(one, other)

    at_most = [decide(Rules(max_unscored=limit), numbers)[0].passed for limit in (strict, lax)]
    at_least = [decide(Rules(min_coverage=limit), numbers)[0].passed for limit in (lax, strict)]

    assert at_most in ([True, True], [False, True], [False, False])
    assert at_least in ([True, True], [False, True], [False, False])


def test_junit_xml_holds_any_name_and_counts(tmp_path: Path) -> None:
    """Ids with control characters, half characters and markup make XML that parses and says the same, but for those."""
    hostile = "a\x00b\x1b[2J<c>&\ud800\ufffe\U0001f600 ]]>"
    checks = [
        Check(rule="max_contradictions", limit=1, value=2, passed=False, says=hostile),
        Check(rule="min_coverage", limit=0.5, value=1, passed=True, says="fine"),
        Check(rule="max_new_suspects", limit=0, value=None, passed=None, says="not checked"),
    ]

    suites = [junit.Suite(name=hostile, run="runs/x", checks=checks), junit.Suite(name="y", run="r", error="no judge")]
    junit.publish(tmp_path / "deep" / "junit.xml", suites)

    root = ET.fromstring((tmp_path / "deep" / "junit.xml").read_bytes())  # noqa: S314 - written above
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.text == "a\ufffdb\ufffd[2J<c>&\ufffd\ufffd\U0001f600 ]]>"
    assert [root.get(name) for name in ("tests", "failures", "skipped", "errors")] == ["4", "1", "1", "1"]
    assert [suite.get("tests") for suite in root] == ["3", "1"]


def test_junit_xml_overwrites_nothing_else(tmp_path: Path) -> None:
    """A path that holds something of the user's is refused, and is as it was."""
    mine = tmp_path / "rows.jsonl"
    mine.write_text("{}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"rows.jsonl is there and was not written by a gate; name another place"):
        junit.publish(mine, [])

    assert mine.read_text(encoding="utf-8") == "{}\n"


@dataclass(frozen=True)
class Ran:
    """What a command ended with, what it said, and the newest run."""

    code: int
    out: str
    err: str
    run: Path
    manifest: Mapping[str, Any]

    def suite(self, path: Path | None = None) -> dict[str, list[str]]:
        """What became of each test case of a JUnit file."""
        root = ET.parse(path or self.run / "junit.xml").getroot()  # noqa: S314 - written by the run
        return {str(case.get("name")): [part.tag for part in case] for case in root.iter("testcase")}


@dataclass(frozen=True)
class Desk:
    """A folder to run in, with the process's own output at hand."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def rows(self, *rows: Mapping[str, object]) -> None:
        """Write the set."""
        (self.folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def run(self, *words: str) -> Ran:
        """`python -m judge run` on the set, in this process."""
        self.capture.readouterr()
        base = ["run", "+dataset=local", "dataset.path=rows.jsonl", "backend=scripted", "selftest=off", "report=false"]
        code = main([*base, *words])
        said = self.capture.readouterr()
        runs = sorted(self.folder.glob("runs/rows/*/manifest.json"))
        told = json.loads(runs[-1].read_text(encoding="utf-8")) if runs else {}
        return Ran(code, said.out, said.err, runs[-1].parent if runs else Path(), told)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """An empty folder, in which the process stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [])
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # so that it is put back
    desk = Desk(tmp_path, capsys)
    desk.rows(*ROWS)
    return desk


def test_new_suspects_break_the_gate_of_the_next_run(desk: Desk) -> None:
    """The first run has nothing to be held against, and says so; a merge with bad rows fails until it is mended."""
    rules = ("backend=none", "gate.max_new_suspects=1", "gate.min_coverage=0")
    first = desk.run(*rules, "gate.junit=ci/gate.xml")
    again = desk.run(*rules, "quiet=true")
    unlike = desk.run(*rules, "review_budget=0.2", "quiet=true")
    desk.rows(*HOLES, *ROWS)
    merged = desk.run(*rules, "gate.junit=ci/gate.xml", "quiet=true")
    otherwise = desk.run("backend=none", "gate.max_contradictions=50", "quiet=true")
    once_more = desk.run(*rules, "quiet=true")
    accepted = desk.run(*rules, "quiet=true", f"gate.against=runs/rows/{merged.run.name}")
    after = desk.run(*rules, "quiet=true")

    assert (first.code, first.err) == (0, "")
    said = first.out.splitlines()
    unchecked = (
        "gate: max_new_suspects not checked: no earlier run of this set by this judge to count against in runs/rows"
    )
    assert unchecked in said
    assert "gate: 1 of 2 rules holds, 1 not checked" in said
    assert first.suite() == {"max_new_suspects": ["skipped"], "min_coverage": ["system-out"]}
    assert (again.code, again.out, again.err) == (0, "", "")
    passed_over = f"judge: {unchecked} (passed over: 2 with another review budget (0.05))\n"
    assert (unlike.code, unlike.out, unlike.err) == (0, "", passed_over)

    told = f"since runs/rows/{again.run.name}, at most 1 is allowed (hole2, hole3)"
    assert (merged.code, merged.out) == (1, "")
    assert merged.err.splitlines() == [
        f"judge: GATE FAILED max_new_suspects: 2 rows are new inside the review budget {told}",
        f"judge: gate: 1 of 2 rules is broken: rows, runs/rows/{merged.run.name}",
    ]
    assert merged.suite() == {"max_new_suspects": ["failure"], "min_coverage": ["system-out"]}
    assert merged.suite(desk.folder / "ci" / "gate.xml") == merged.suite()
    assert merged.manifest["gate"]["holds"] is False
    assert merged.manifest["gate"]["rules"]["max_new_suspects"]["value"] == 2
    assert merged.manifest["files"]["junit.xml"] == digest.of_file(merged.run / "junit.xml")

    assert (otherwise.code, once_more.code, accepted.code, after.code) == (0, 1, 0, 0)
    assert f"since runs/rows/{again.run.name}, at most 1 is allowed (hole2, hole3)" in once_more.err
    assert f"since runs/rows/{merged.run.name}" in accepted.manifest["gate"]["rules"]["max_new_suspects"]["says"]
    assert f"since runs/rows/{accepted.run.name}" in after.manifest["gate"]["rules"]["max_new_suspects"]["says"]


def test_a_run_to_count_against_must_be_one_of_this_set_by_this_judge(desk: Desk) -> None:
    """What `gate.against` names is looked at before any work; a folder of runs stands for its newest."""
    first = desk.run("backend=none")
    rule = "gate.max_new_suspects=0"

    nowhere = desk.run(rule, "gate.against=runs/nowhere")
    other = desk.run(rule, f"gate.against=runs/rows/{first.run.name}")
    none_fit = desk.run(rule, "gate.against=runs/rows", "backend=none", "~rubrics.tone")
    kept = desk.run(rule, "gate.against=runs/rows", "backend=none", "quiet=true")
    desk.rows({"id": "q", "prompt": "Is it open?", "response": "Yes, it is."})
    foreign = desk.run(rule, "gate.against=runs/rows", "backend=none")
    (kept.run / "suspects.csv").write_text("", encoding="utf-8")
    damaged = desk.run(rule, f"gate.against=runs/rows/{kept.run.name}", "backend=none")
    passed_over = desk.run(rule, "backend=none")

    assert (nowhere.code, other.code, kept.code, foreign.code) == (2, 2, 0, 2)
    assert nowhere.err.startswith("judge: gate.against: runs/nowhere does not exist")
    assert "is a run by another judge (none), whose suspects are other rows" in other.err
    assert "no run there can be counted against (passed over: 1 with other rubrics); name one itself" in none_fit.err
    assert (other.out, none_fit.code, damaged.code) == ("", 2, 2)
    assert "suspects.csv is not what was written: its digest does not match" in damaged.err
    assert f"noted: runs/rows/{kept.run.name}: suspects.csv is not what was written" in passed_over.out
    assert f"since runs/rows/{first.run.name}" in passed_over.manifest["gate"]["rules"]["max_new_suspects"]["says"]
    assert kept.manifest["gate"]["rules"]["max_new_suspects"]["value"] == 0
    assert "no row of runs/rows/" in foreign.err
    assert all(len(ran.err.splitlines()) == 1 for ran in (nowhere, other, foreign))


def test_without_a_judge_a_rule_on_judging_could_not_run(desk: Desk) -> None:
    """Exit code 2 with one line, before any work: no question, no finished run."""
    ran = desk.run("backend=none", "gate.min_coverage=0.1", "gate.max_contradictions=0")

    said = "judge: gate.min_coverage=0.1 needs a judge, and there is none (asked for by backend=none); name one"
    assert (ran.code, ran.out, len(ran.err.splitlines()), ran.manifest) == (2, "", 1, {})
    assert ran.err.startswith(said)


@pytest.fixture(scope="module")
def unjudged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Parts of a run without judge, self-test and decisions."""
    folder = tmp_path_factory.mktemp("parts")
    words = ["+dataset=support_v3", "backend=none", "selftest=off", f"store={folder / 's.sqlite'}"]
    parts = wiring.build(wiring.compose(words), rubric_set="standard", out=folder / "runs" / "1")
    with contextlib.closing(parts.store):
        yield parts


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (Rules(max_unscored=1), "gate.max_unscored=1 needs a judge, and there is none"),
        (
            Rules(max_defect_rate=0.1),
            "gate.max_defect_rate=0.1 needs people's decisions; name them with dataset.labels",
        ),
        (Rules(min_planted_recall=0), "gate.min_planted_recall=0 needs the self-test, and selftest=off"),
        (Rules(max_drift=0.5), "gate.max_drift=0.5 needs a judge, and there is none"),
        (Rules(min_coverage=0, max_new_suspects=0, max_contradictions=0), None),
    ],
)
def test_a_rule_that_cannot_be_held_is_no_failed_gate(unjudged: Parts, rules: Rules, said: str | None) -> None:
    """What a rule needs is asked for before any work; rules that need nothing are left alone."""
    parts = replace(unjudged, gate=Gate(rules=rules))

    if said is None:
        gate.demand(parts)
    else:
        with pytest.raises(ConfigError, match=re.escape(said)):
            gate.demand(parts)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"max_unscored": 2.0},
            "gate.max_unscored=2.0: a share in [0, 1] was expected (5 % is 0.05), or null for no su",
        ),
        ({"min_coverage": float("nan")}, "gate.min_coverage=nan: a share in [0, 1] was expected"),
        (
            {"max_contradictions": -1},
            "gate.max_contradictions=-1: a number from 0 was expected, or null for no such rule",
        ),
        ({"max_drift": -0.5}, "gate.max_drift=-0.5: levels from 0 were expected, or null for no such rule"),
        ({"against": "runs"}, "gate.against=runs is for gate.max_new_suspects, which is not set"),
        ({"junit": "x.xml"}, "gate.junit=x.xml, but no rule of the gate is set, e.g. gate.max_contradictions=0"),
    ],
)
def test_values_that_are_no_rule_are_told_in_words(values: Mapping[str, object], said: str) -> None:
    """A limit out of range, and a setting that would have no effect, are mistakes."""
    config = composed()
    for name, value in values.items():
        config.gate[name] = value

    with pytest.raises(ConfigError, match=re.escape(said)):
        settings.check(config)


def test_drift_without_anchors_could_not_run(desk: Desk) -> None:
    """A rule on what is not measured is exit code 2, before any work."""
    ran = desk.run("gate.max_drift=0.5")

    said = "judge: gate.max_drift=0.5 needs anchors; name some with anchors=FILE, or set gate.max_drift=null\n"
    assert (ran.code, ran.out, ran.err, ran.manifest) == (2, "", said, {})


PRESET = """\
_target_: judge.backends.scripted.connect
name: {name}
script: {{_target_: hydra.utils.get_method, path: useless.{name}}}
"""


def test_a_judge_of_no_use_breaks_the_gate(desk: Desk) -> None:
    """One that praises everything leaves the list to the findings; of one that mumbles no row has a score."""
    (desk.folder / "conf" / "backend").mkdir(parents=True)
    for name in ("praising", "mumbling"):
        text = PRESET.format(name=name)
        (desk.folder / "conf" / "backend" / f"{name}.yaml").write_text(text, encoding="utf-8")
    planted = ("selftest=true", "planting.share=1", "planting.per_kind=4", "gate.min_planted_recall=0.05")

    praising = desk.run("backend=praising", *planted)
    mumbling = desk.run("backend=mumbling", "max_off_scale=1", "gate.max_contradictions=9", "quiet=true")

    check = praising.manifest["gate"]["rules"]["min_planted_recall"]
    assert praising.code == 1
    assert check["says"].startswith(f"the judge alone caught 0 of {praising.manifest['selftest']['copies']} (0% - ")
    assert check["value"] > 0.05
    assert mumbling.code == 1
    assert "judge: GATE FAILED judge: the judge scored none of 40 rows on all rubrics" in mumbling.err
    assert mumbling.suite() == {"max_contradictions": ["system-out"], "judge": ["failure"]}


def test_a_gate_that_was_written_otherwise_does_not_verify(desk: Desk) -> None:
    """What became of the rules comes out again, but for those that look at other runs; who mends a value is found."""
    desk.run("gate.max_new_suspects=9", "gate.min_coverage=0.5")
    ran = desk.run("gate.max_new_suspects=9", "gate.min_coverage=0.5")
    told = json.loads((ran.run / "manifest.json").read_text(encoding="utf-8"))

    held = main(["verify", str(ran.run)])
    told["gate"]["rules"]["min_coverage"]["value"] = 0.75
    sealed = outbox.sealed({key: value for key, value in told.items() if key != "seal"})
    (ran.run / "manifest.json").write_text(sealed, encoding="utf-8")
    mended = main(["verify", str(ran.run)])
    said = unquoted(desk)
    told["gate"]["rules"]["min_coverage"]["value"] = 1.0
    told["gate"]["rules"]["max_new_suspects"]["value"] = 12
    sealed = outbox.sealed({key: value for key, value in told.items() if key != "seal"})
    (ran.run / "manifest.json").write_text(sealed, encoding="utf-8")
    assert main(["verify", str(ran.run)]) == 1
    assert "manifest.json, gate.rules.max_new_suspects does not follow from its figures" in unquoted(desk)
    told["gate"]["holds"] = False
    sealed = outbox.sealed({key: value for key, value in told.items() if key != "seal"})
    (ran.run / "manifest.json").write_text(sealed, encoding="utf-8")

    assert (held, mended, main(["verify", str(ran.run)])) == (0, 1, 1)
    assert "manifest.json, gate.rules.min_coverage.value ('0.75', now '1.0') does not come out again" in said
    assert "manifest.json, gate.holds does not follow from its rules" in unquoted(desk)


def unquoted(desk: Desk) -> str:
    """What was said, in one line, with plain quotes."""
    return " ".join(re.sub('[“”"]', "'", desk.capture.readouterr().out).split())


def test_the_workflow_in_the_readme_is_one() -> None:
    """It is YAML, and every command in it is one of ours."""
    (text,) = re.findall(r"```yml\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    told = yaml.safe_load(text)

    steps = told["jobs"]["audit"]["steps"]
    (script,) = [step["run"] for step in steps if "judge run" in step.get("run", "")]
    words = shlex.split(script.partition("||")[0].partition("judge run")[2].replace("$SET", "").replace("\\\n", ""))
    night, request = re.findall(r"'(dataset[^']*)'", told["env"]["SET"])
    assert len(text.splitlines()) < 30
    for more in (night, request):
        config = wiring.compose([*words, *more.split()])
        settings.check(config)
        assert config.gate.max_drift == 0.5
    assert re.findall(r"'(runs[^']*)'", told["env"]["DIFF"]) == ["runs/train", "runs/train runs/train-pr"]


def composed() -> DictConfig:
    """The configuration of a run, made once, a copy of it for each."""
    return copy.deepcopy(_composed())


@lru_cache
def _composed() -> DictConfig:
    return wiring.compose(["+dataset=support_v3"])


def test_what_could_not_run_is_an_error_of_its_suite(desk: Desk) -> None:
    """Where JUnit XML is looked for, what an earlier run left there does not stand for one that could not run."""
    place = desk.folder / "gate.xml"
    desk.run("gate.max_contradictions=9", "gate.junit=gate.xml")
    passed = ET.parse(place).getroot()  # noqa: S314 - written by the run

    unborn = desk.run("gate.max_contradictions=9", "gate.junit=gate.xml", "gate.max_kontradictions=9")
    mistaken = ET.parse(place).getroot()  # noqa: S314 - written by the command
    ran = desk.run("gate.max_contradictions=9", "gate.junit=gate.xml", "dataset.guide=no.md")

    root = ET.parse(place).getroot()  # noqa: S314 - written by the run
    error = root.find("testsuite[@name='judge gate: rows']/testcase/error")
    assert error is not None
    assert error.text == "dataset.guide=no.md cannot be read: No such file or directory"
    assert (ran.code, passed.get("errors"), root.get("errors")) == (2, "0", "1")
    assert (unborn.code, mistaken.get("errors"), mistaken.get("tests")) == (2, "1", "1")


def test_of_a_sweep_the_worst_job_decides(desk: Desk) -> None:
    """2 before 1 before 0; broken and failed jobs are named, and the copy of the JUnit XML has a suite for each."""
    desk.rows(*ROWS[:20], *DISPUTE)
    sweep = ("-m", "backend=none", "quiet=true", "gate.junit=gate.xml")

    plain = desk.run("backend=none")
    broken = desk.run(*sweep, "gate.max_contradictions=0,9", "gate.max_new_suspects=0")
    failed = desk.run(*sweep, "gate.max_contradictions=0", "review_budget=0.1,7")

    assert (broken.code, failed.code) == (1, 2)
    assert "judge: GATE FAILED max_contradictions: 1 pair contradicts each other, at most 0 are allowed" in broken.err
    assert "judge: 1 of 2 jobs broke a rule of the gate: #0 " in broken.err
    job = next(desk.folder.glob("runs/sweeps/*/1/manifest.json"))
    since = f"0 rows are new inside the review budget since runs/rows/{plain.run.name}, at most 0 are allowed"
    assert json.loads(job.read_text(encoding="utf-8"))["gate"]["rules"]["max_new_suspects"]["says"] == since
    assert "judge: 1 of 2 jobs failed: #1 " in failed.err
    root = ET.parse(desk.folder / "gate.xml").getroot()  # noqa: S314 - written by the run
    assert [[part.tag for part in case] for case in root.iter("testcase")] == [["failure"], ["error"]]


def test_decisions_that_are_no_sample_break_a_rule_on_the_defect_rate(desk: Desk) -> None:
    """Rows that somebody picked give no rate; a random sample gives one, with its interval."""
    labels = desk.folder / "labels.jsonl"
    words = ["dataset.labels=labels.jsonl", "gate.max_defect_rate=0.5", "backend=none"]
    labels.write_text('{"example_id": "r1", "decision": "keep"}\n', encoding="utf-8")
    picked = desk.run(*words)
    drawn = [{"example_id": f"r{n}", "decision": "keep", "probability": 0.5} for n in range(1, 21)]
    labels.write_text("".join(json.dumps(one) + "\n" for one in drawn), encoding="utf-8")
    sampled = desk.run(*words)

    assert (picked.code, sampled.code) == (1, 0)
    assert "GATE FAILED max_defect_rate: no defect rate is known: people have decided on no row of a ran" in picked.out
    assert sampled.manifest["gate"]["rules"]["max_defect_rate"]["says"].startswith(
        "people would remove 0% of the rows ("
    )


def test_any_key_can_be_set_behind_the_nightly_recipe() -> None:
    """The recipe is quiet, names its judge, has rules and anchors; what stands on the command line comes before it."""
    config = wiring.compose(["+dataset=support_v4", "experiment=nightly"])
    other = wiring.compose(
        ["+dataset=support_v4", "gate.max_new_suspects=5", "quiet=false", "backend=scripted", "experiment=nightly"]
    )

    settings.check(config)
    assert (config.quiet, config.backend["_target_"]) == (True, "judge.backends.vllm.connect")
    assert gate.build(config.gate).rules.names == (
        "max_new_suspects",
        "min_coverage",
        "min_planted_recall",
        "max_unscored",
        "max_drift",
    )
    assert (other.quiet, other.backend["_target_"]) == (False, "judge.backends.scripted.connect")
    assert (other.gate.max_new_suspects, other.gate.min_coverage, other.anchors) == (5, 0.1, "data/anchors.jsonl")


def test_a_plan_is_held_against_nothing(desk: Desk) -> None:
    """`plan=true` asks nothing and judges nothing, so that no rule can break, and nothing is written."""
    ran = desk.run("plan=true", "gate.max_contradictions=0", "gate.max_defect_rate=0", "gate.junit=gate.xml")

    assert (ran.code, ran.err) == (0, "")
    assert not (desk.folder / "gate.xml").exists()
