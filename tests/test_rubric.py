"""Rubrics: what the config may say, and that its words arrive in the prompt."""

from pathlib import Path
from typing import Any

import pytest
from builders import criterion, example, packaged_prompts, pair_rubric, rubric_set
from hypothesis import given
from hypothesis import strategies as st

from judge import rank, rubric, wiring
from judge.errors import ConfigError, JudgeError
from judge.prompting import Asker
from judge.rubric import Rubric, set_digest

CONF = Path(__file__).resolve().parent.parent / "conf"
FILES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((CONF / "rubric").glob("*.yaml"))}
OF_PAIRS = [name for name, text in FILES.items() if "\narity: 2" in text]
RUBRICS = [name for name in FILES if name not in OF_PAIRS]
SETS = sorted(path.stem for path in (CONF / "rubric_set").glob("*.yaml"))


def build(**fields: Any) -> Rubric:
    """Build a good rubric with some of its fields replaced."""
    good: dict[str, Any] = {
        "name": "tone",
        "question": " Is it kind? ",
        "guidance": "\nLook at the words.\n",
        "levels": {"1": "rude\n  or cold", "2": "kind"},
        "weight": 0.5,
        "template": "question.j2",
    }
    return rubric.build(**(good | fields))


def test_a_rubric_as_it_is_built() -> None:
    """Names, labels and order are kept; blanks around words, and line ends within a level, are not."""
    built = build()
    assert (built.name, built.question, built.guidance) == ("tone", "Is it kind?", "Look at the words.")
    assert built.labels == ("1", "2")
    assert [level.text for level in built.levels] == ["rude or cold", "kind"]
    assert (built.weight, built.template) == (0.5, "question.j2")
    assert (built.arity, built.kinds) == (1, {})


PAIR: dict[str, Any] = {
    "name": "clash",
    "levels": {"x": "other facts", "y": "another tone", "z": "none"},
    "arity": 2,
    "kinds": {"x": "fact", "y": "tone"},
}


def test_a_rubric_of_pairs_as_it_is_built() -> None:
    """Every label but the last, which says that there is no contradiction, has its kind."""
    built = build(**PAIR)
    assert (built.arity, built.labels, built.kinds) == (2, ("x", "y", "z"), {"x": "fact", "y": "tone"})
    assert isinstance(hash(built), int)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"arity": 3}, "rubric 'clash': arity is 1 for a rubric that grades a row, or 2 for one that compares a pair"),
        ({"arity": 0}, "rubric 'clash': arity is 1"),
        ({"arity": 1}, "rubric 'clash': kinds belong to a rubric of arity 2"),
        ({"kinds": {}}, "kinds must map every label but the last, which says that there is no contradiction: x, y"),
        ({"kinds": {"x": "fact"}}, "no contradiction: x, y; it maps x"),
        ({"kinds": {"x": "fact", "y": "tone", "z": "tone"}}, "no contradiction: x, y; it maps x, y, z"),
        ({"kinds": {"x": "fact", "z": "tone"}}, "no contradiction: x, y; it maps x, z"),
        (
            {"kinds": {"x": "fact", "y": "mood"}},
            "rubric 'clash': kind 'mood' of label 'y': choose one of fact, policy, recommendation, format, tone",
        ),
        ({"levels": {"x": "only"}, "kinds": {}}, "levels needs at least two entries"),
    ],
)
def test_a_bad_rubric_of_pairs_is_told_in_words(fields: dict[str, Any], told: str) -> None:
    """A rubric that cannot be read as kinds of contradiction says which field is wrong, and what would be right."""
    with pytest.raises(ConfigError) as caught:
        build(**(PAIR | fields))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "Tone"}, "rubric 'Tone': a name is lower-case letters, digits and _"),
        ({"name": "my tone"}, "rubric 'my tone': a name is lower-case"),
        ({"name": "1st"}, "rubric '1st': a name is lower-case"),
        ({"name": ""}, "rubric '': a name is lower-case"),
        ({"name": "tone\n"}, "a name is lower-case"),
        ({"levels": {}}, "rubric 'tone': levels needs at least two entries, worst first; it has 0"),
        ({"levels": {"1": "only"}}, "levels needs at least two entries, worst first; it has 1"),
        ({"levels": {"1": "a", " 2": "b"}}, "rubric 'tone': a label must be a visible word without spaces around it"),
        ({"levels": {"1": "a", "": "b"}}, "a label must be a visible word"),
        ({"levels": {"1": "a", "2": " \n"}}, "rubric 'tone': level '2' is not described"),
        ({"levels": {"1": "", "2": ""}}, "level '1' is not described"),
        ({"question": " \n "}, "rubric 'tone': question is empty"),
        ({"weight": 1.01}, "rubric 'tone': weight must lie in [0, 1], got 1.01"),
        ({"weight": -0.1}, "weight must lie in [0, 1], got -0.1"),
        ({"weight": float("nan")}, "weight must lie in [0, 1], got nan"),
    ],
)
def test_a_bad_rubric_is_told_in_words(fields: dict[str, Any], told: str) -> None:
    """A rubric that cannot be asked names itself and the field that is wrong."""
    with pytest.raises(ConfigError) as caught:
        build(**fields)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("score", "text"),
    [(1.0, "level 1"), (1.49, "level 1"), (1.51, "level 2"), (4.51, "level 5"), (0.2, "level 1"), (9.0, "level 5")],
)
def test_the_level_nearest_to_a_score(score: float, text: str) -> None:
    """A mean score is explained by the level it is closest to, and never by one off the scale."""
    assert criterion().level_near(score).text == f"tone {text}"


def test_the_digest_is_of_the_wording_alone() -> None:
    """Another word is another set; another weight is not, for the judge never reads it."""
    whole = set_digest([build()])
    assert set_digest([build(weight=0.9)]) == whole
    changed: list[dict[str, Any]] = [
        {"name": "manner"},
        {"question": "Is it polite?"},
        {"guidance": ""},
        {"levels": {"1": "rude or cold", "2": "nice"}},
        {"levels": {"a": "rude or cold", "b": "kind"}},
        {"template": "own.j2"},
    ]
    digests = {set_digest([build(**fields)]) for fields in changed}
    assert len(digests | {whole}) == len(changed) + 1
    assert set_digest([build(), criterion("b")]) != set_digest([criterion("b"), build()])


@given(score=st.floats(min_value=-10, max_value=20), levels=st.integers(2, 9))
def test_every_score_has_a_level(score: float, levels: int) -> None:
    """Whatever the score, the level is one of the rubric's and at most half a step away on the scale."""
    found = criterion(levels=levels).level_near(score)
    assert abs(int(found.label) - min(max(score, 1), levels)) <= 0.5


# --- the packaged rubrics


@pytest.mark.parametrize("name", SETS)
def test_a_packaged_set_builds(name: str) -> None:
    """Every set composes, holds the four criteria of the project, and describes every level of five."""
    rubrics = rubric_set(name)
    assert [r.name for r in rubrics] == ["factual", "instruction", "tone", "format"]
    for one in rubrics:
        assert one.labels == ("1", "2", "3", "4", "5")
        assert all(level.text for level in one.levels)
        assert len({level.text for level in one.levels}) == 5
        assert one.question.endswith("?")
        assert 0 < one.weight <= 1


@pytest.mark.parametrize("name", RUBRICS)
def test_a_packaged_rubric_builds_alone(name: str) -> None:
    """Every file of conf/rubric that grades rows can be added to a run under a name of its own."""
    rubrics = rubric_set("standard", f"+rubric@rubrics.mine={name}")
    mine, packaged = rubrics[-1], {r.name: r for r in rubrics}[name]
    assert mine.name == "mine"
    assert (mine.question, mine.levels, mine.weight) == (packaged.question, packaged.levels, packaged.weight)
    assert mine.guidance == packaged.guidance != ""


def test_the_packaged_rubric_of_pairs_builds() -> None:
    """It has every kind, each under a label of one letter, and no contradiction as the last."""
    assert OF_PAIRS == ["contradiction"]
    built = pair_rubric()
    assert built.labels == tuple("ABCDEF")
    assert tuple(built.kinds.values()) == rubric.KINDS
    assert built.levels[-1].text.startswith("No contradiction")
    assert built.question.endswith("?")


@pytest.mark.parametrize(
    ("exemption", "words"),
    [
        ("product", "Another product, model, part or service is meant."),
        ("plan", "Another plan, tier or membership applies."),
        ("region", "Another region, country, currency, language or legal system applies."),
        ("user state", "The user is in another state: a new or an existing customer,"),
        ("date", "Another date or time is meant, or one answer holds until a date and the other after it."),
        ("policy version", "Another version of a policy, product or document is cited."),
        ("longer answer", "A longer answer: it says more, gives more steps,"),
        ("order of steps", "Another order of the same steps, unless one of them says that the order matters."),
    ],
)
@pytest.mark.parametrize("guide", ["Returns: 30 days.", None])
def test_what_is_no_contradiction_is_told(exemption: str, words: str, guide: str | None) -> None:
    """Every exemption is shown with a pair, as a line of its own among what does not count."""
    one = Asker(prompts=packaged_prompts(), rubrics=(criterion(),), guide=guide, layout="shared", max_tokens=1)
    system = one.pair(example(), 1, example("Hi", "No."), 1, pair_rubric()).system
    assert system.count(f"\n- {words}") == 1, exemption
    assert system.index("What does not,") < system.index(words) < system.index("A = Fact or number")


@pytest.mark.parametrize(
    ("override", "told"),
    [
        (
            "pairs.budget=-0.1",
            "pairs.budget=-0.1: a share of the tokens that the rubrics cost was expected, 0 for none",
        ),
        ("pairs.budget=inf", "pairs.budget=inf: a share"),
        ("pairs.budget=nan", "pairs.budget=nan: a share"),
        ("pairs.threshold=1.5", "pairs.threshold=1.5: a probability in [0, 1] was expected"),
        ("rubric@pairs.rubric=tone", "pairs.rubric: arity=1; pairs need a rubric that compares two rows"),
        (
            "+rubric@rubrics.mine=contradiction",
            "rubrics.mine: arity=2; a rubric that compares two rows goes where pairs",
        ),
        ("pairs.rubric.kinds.A=mood", "rubric 'contradiction': kind 'mood' of label 'A': choose one of fact, policy"),
        ("+pairs.rubric.levels.G=Other.", "kinds must map every label but the last"),
        ("pairs.rubric.template=x.j2", "prompts/x.j2 does not exist"),
        ("pairs.rubric.template=question.j2", "prompts/question.j2: 'several' is undefined"),
    ],
)
def test_what_pairs_cannot_be_asked_with_is_told_in_words(override: str, told: str, tmp_path: Path) -> None:
    """A setting of pairs that cannot work stops the run before any work, with the way out."""
    config = wiring.compose(["+dataset=support_v3", "backend=none", f"store={tmp_path / 'r.sqlite'}", override])
    with pytest.raises(JudgeError) as caught:
        wiring.build(config, rubric_set="standard", out=tmp_path)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("override", ["pair_weight=0.9", "pairs.rubric.weight=0.9"])
def test_pairs_have_one_weight(override: str, tmp_path: Path) -> None:
    """Pairs weigh the same whether a judge or no judge found them, by whichever of its names the weight is set."""
    config = wiring.compose(["+dataset=support_v3", "backend=none", f"store={tmp_path / 'r.sqlite'}", override])
    parts = wiring.build(config, rubric_set="standard", out=tmp_path)
    assert parts.weights.pair == rank.Fixed(weight=0.9)
    assert parts.pairs.rubric.weight == 0.9


def test_sets_differ_in_wording() -> None:
    """No two packaged sets are the same variant."""
    assert len({set_digest(rubric_set(name)) for name in SETS}) == len(SETS) >= 3


# --- the command line


def asked_with(*overrides: str) -> str:
    """The system message of a run with these overrides."""
    rubrics = rubric_set("standard", *overrides)
    asker = Asker(prompts=packaged_prompts(), rubrics=rubrics, guide=None, layout="shared", max_tokens=1)
    return asker.score(example(), 1, rubrics[0]).system


@pytest.mark.parametrize(
    ("override", "shown"),
    [
        ("rubrics.tone.question=Is it kind to cats?", "tone: Is it kind to cats?\n"),
        ("rubrics.tone.guidance=Look at the verbs.", "?\nLook at the verbs.\n1 = "),
        ("rubrics.tone.levels.1=Hisses.", "\n1 = Hisses.\n2 = "),
        ("rubrics.format.levels.5=Purrs.", "\n5 = Purrs.\n"),
        ("rubrics.factual.levels.3='A, b: \"c\" = d'", '\n3 = A, b: "c" = d\n'),
    ],
)
def test_any_text_can_be_overridden(override: str, shown: str) -> None:
    """Every text of a rubric that is set on the command line stands in the prompt, the others as they were."""
    before, after = asked_with(), asked_with(override)
    assert shown not in before
    assert after.count(shown) == 1
    assert len(set(before.splitlines()) ^ set(after.splitlines())) >= 2
    assert len(set(before.splitlines()) - set(after.splitlines())) <= 3


def test_a_rubric_can_be_left_out() -> None:
    """`~` takes a criterion out of a run, and its words out of the prompt."""
    text = asked_with("~rubrics.tone")
    assert "tone: " not in text
    assert "format: " in text


def test_a_run_without_rubrics_is_told_what_works(tmp_path: Path) -> None:
    """No criterion at all is an error, and the way out that it names is one that can be taken."""
    nothing = [f"~rubrics.{name}" for name in ("factual", "instruction", "tone", "format")]
    config = wiring.compose(["+dataset=support_v3", "backend=none", f"store={tmp_path / 'r.sqlite'}", *nothing])
    with pytest.raises(ConfigError, match="rubric_set=standard") as caught:
        wiring.build(config, rubric_set="standard", out=tmp_path)
    assert "+rubric@rubrics.NAME=FILE" in str(caught.value)
    assert [r.name for r in rubric_set("standard", *nothing, "+rubric@rubrics.mine=tone")] == ["mine"]


def test_a_template_can_be_chosen() -> None:
    """A rubric may be asked with a question template of its own."""
    assert rubric_set("standard", "rubrics.tone.template=own.j2")[2].template == "own.j2"


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("rubrics.tone.weight=heavy", "rubrics.tone.weight"),
        ("rubrics.tone.wieght=0.5", "rubrics.tone.wieght"),
        ("rubric_set=lenient", "lenient"),
    ],
)
def test_a_bad_override_is_told_in_words(override: str, told: str) -> None:
    """A wrong type, key or set is one line that names it."""
    with pytest.raises(ConfigError) as caught:
        wiring.compose([override])
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
