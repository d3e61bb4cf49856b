"""Digests: one value has one, another value has another, in every process."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from builders import example, turns
from hypothesis import given
from hypothesis import strategies as st

from judge import digest
from judge.records import ToolCall, Turn, content_digest

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


def test_a_digest_by_hand() -> None:
    """A digest names its algorithm; canonical JSON has sorted keys, no blanks, and letters as they are."""
    assert digest.canonical_json({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'
    expected = "sha256:" + hashlib.sha256('{"a":"é","b":[1,null]}'.encode()).hexdigest()
    assert digest.of({"b": [1, None], "a": "é"}) == expected
    assert digest.of_bytes(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def shuffled(value: object) -> object:
    """Make the same value anew, every dictionary in the opposite order and every list a tuple."""
    if isinstance(value, dict):
        return {key: shuffled(inner) for key, inner in reversed(value.items())}
    return tuple(map(shuffled, value)) if isinstance(value, list) else value


@given(values)
def test_one_value_has_one_digest(value: object) -> None:
    """Neither the order of keys nor the kind of sequence matters, and the canonical text reads back as the value."""
    assert digest.of(shuffled(value)) == digest.of(value)
    assert json.loads(digest.canonical_json(value)) == value


@given(values, values)
def test_other_values_have_other_digests(one: object, two: object) -> None:
    """Equal digests mean equal canonical text."""
    assert (digest.of(one) == digest.of(two)) == (digest.canonical_json(one) == digest.canonical_json(two))


@pytest.mark.parametrize(
    ("one", "two"),
    [(["ab", "c"], ["a", "bc"]), ([["a"], "b"], ["a", ["b"]]), ("1", 1), (None, "null"), ({}, []), ("\ud800", "?")],
)
def test_what_looks_alike_differs(one: object, two: object) -> None:
    """Boundaries and types are part of a value."""
    assert digest.of(one) != digest.of(two)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x", object()])
def test_what_is_no_json_has_no_digest(value: object) -> None:
    """A value without a canonical text is refused rather than hashed by its looks."""
    with pytest.raises((ValueError, TypeError)):
        digest.of(value)


def test_another_process_agrees() -> None:
    """No hash seed enters a digest."""
    program = "from judge import digest; print(digest.of({'b': ['x', 1.5], 'a': {'d': None, 'c': 'é'}}))"
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "7")
    }
    assert told == {digest.of({"a": {"c": "é", "d": None}, "b": ["x", 1.5]})}


def test_a_file_is_its_bytes(tmp_path: Path) -> None:
    """A file's digest is that of its bytes, read in pieces, and not of its name."""
    data = b"line\r\n\0" * 400_000
    (tmp_path / "a").write_bytes(data)
    (tmp_path / "b").write_bytes(data)
    assert digest.of_file(tmp_path / "a") == digest.of_file(tmp_path / "b") == digest.of_bytes(data)


def test_a_folder_is_its_files(tmp_path: Path) -> None:
    """A folder's digest tells names and contents, not the order in which files were written."""

    def folder(name: str, *files: tuple[str, str]) -> str:
        for path, text in files:
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return digest.of_file(tmp_path / name)

    whole = folder("1", ("a", "x"), ("s/b", "y"))
    assert folder("2", ("s/b", "y"), ("a", "x")) == whole
    assert folder("3", ("a", "y"), ("s/b", "x")) != whole
    assert folder("4", ("a", "x"), ("b", "y")) != whole
    assert folder("5", ("a", "x"), ("s/b", "y"), ("c", "")) != whole


def test_a_rows_digest_is_of_what_is_learned() -> None:
    """Id, line, source, note and weights are no part of a row's digest; every word, role and call is."""
    row = example("Hi", "Yes.")
    assert example("Hi", "Yes.", name="other", line=9, note="renamed").digest == row.digest
    untrained = (row.turns[0], Turn(role="assistant", content="Yes.", trained=False))
    assert content_digest(untrained, None) == row.digest
    calls = [ToolCall(name=name, arguments=arguments) for name, arguments in (("f", "{}"), ("f", "{ }"), ("g", "{}"))]
    others = [
        content_digest(turns("Hi", "Yes"), None),
        content_digest(turns("Hi", "Yes."), "ground"),
        content_digest(turns("Hi", "Yes."), ""),
        content_digest((Turn(role="system", content="Hi"), row.turns[1]), None),
        *(
            content_digest((row.turns[0], Turn(role="assistant", content="Yes.", tool_calls=(call,))), None)
            for call in calls
        ),
    ]
    assert len({row.digest, *others}) == len(others) + 1
