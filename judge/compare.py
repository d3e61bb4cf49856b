"""`judge compare`: several finished runs side by side, in words, as a table, as a picture and as a page."""

import csv
import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from judge import inbox, plot, standing
from judge.comparing import Variant, sheet, words
from judge.comparing.contest import Contest, hold
from judge.comparing.labels import Label, flat, labels
from judge.comparing.lists import Likeness, liken
from judge.errors import DataError
from judge.inbox import reading
from judge.outbox import MANIFEST, replacing
from judge.reliability import FINDINGS, FUSED, Fate, Share
from judge.report.sweep import sweep_page
from judge.reviewed import LIST
from judge.text import counted, printable
from judge.views import sweep

TABLE, PICTURE, PAGE = "compare.csv", "compare.svg", "compare.html"
_COLUMNS = ["digest", "rank", "suspicion", "within_budget"]
_REPORT = "report.html"  # beside a run's manifest
_NO_SELFTEST = "it was made by a version that writes none"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """
    What a comparison came to.

    Attributes:
        left_out: folders that were not compared, and why.
        files: what was written.
    """

    variants: tuple[Variant, ...]
    left_out: Mapping[str, str]
    contest: Contest
    likeness: Likeness
    files: tuple[Path, ...]


def run(folders: Sequence[Path], out: Path | None, say: Callable[[str], None]) -> Comparison:
    """
    Compare the runs in `folders`, each a run's folder or a sweep's.

    Args:
        folders: where the runs are.
        out: where the files go; None: into the one folder that was named, else the current one.
        say: shows one line.

    Raises:
        DataError: a folder or a file in it cannot be used, or fewer than two runs are complete.
    """
    out = out or (folders[0] if len(folders) == 1 else Path())
    runs, left_out = _find(folders)
    manifests = {folder: inbox.load(folder).manifest for folder in runs}
    for folder, twin in _twins(manifests):
        left_out[str(folder)] = f"it has the settings and the results of {twin}"
        del manifests[folder]
    if len(manifests) < 2:  # noqa: PLR2004
        raise DataError(_too_few(folders, list(manifests), left_out))
    settings = [_settings(told) for told in manifests.values()]
    called = labels(settings, [str(folder) for folder in manifests])
    compared = [inbox.Run(folder=folder, manifest=told) for folder, told in manifests.items()]
    stores = tuple(dict.fromkeys(map(standing.store, compared)))
    variants = tuple(_variant(one, label, stores) for one, label in zip(compared, called, strict=True))
    contest, likeness = hold(variants), liken(variants)
    page = sweep.content(
        variants,
        contest,
        likeness,
        settings=settings,
        written=[str(told.get("written_at") or "") for told in manifests.values()],
        reports=_reports(variants, out),
        left_out=left_out,
    )
    written = _write(out, variants, contest, likeness, page)
    for name, why in left_out.items():
        say(f"left out: {name}: {why}")
    for v in variants:
        if v.settings:
            say(v.title)
    for line in words.table(variants, contest, likeness):
        say(line)
    for sentence in (words.legend(variants, contest), "", *words.sentences(variants, contest, likeness)):
        for line in words.wrapped(sentence) or [""]:
            say(line)
    say(f"files: {', '.join(map(str, written))}")
    return Comparison(variants=variants, left_out=left_out, contest=contest, likeness=likeness, files=written)


def _find(folders: Sequence[Path]) -> tuple[list[Path], dict[str, str]]:
    """Complete runs in the order of their jobs, and what was left out."""
    found: list[Path] = []
    left_out: dict[str, str] = {}
    for folder in folders:
        if not folder.is_dir():
            what = "is a file; name the folder of a sweep or of a run" if folder.exists() else "does not exist"
            raise DataError(f"{folder} {what}; sweeps are in runs/sweeps/")
        if (folder / MANIFEST).is_file():
            jobs = [folder]
        else:
            inside = (path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
            jobs = sorted(inside, key=lambda path: (not path.name.isdigit(), path.name.zfill(9)))
        for job in jobs:
            if (job / MANIFEST).is_file():
                found.append(job)
            else:
                left_out[str(job)] = f"it has no {MANIFEST}, so it did not end"
    return list(dict.fromkeys(found)), left_out


def _too_few(folders: Sequence[Path], complete: Sequence[Path], left_out: Mapping[str, str]) -> str:
    where = ", ".join(map(str, folders))
    ended = f"; left out: {'; '.join(f'{folder}: {why}' for folder, why in left_out.items())}" if left_out else ""
    have = f"only {complete[0]} is" if complete else "none is"
    return (
        f"two runs or more are compared, and of those in {where} {have} complete{ended};"
        " name a sweep's folder (runs/sweeps/...) or several runs"
    )


def _twins(manifests: Mapping[Path, Mapping[str, Any]]) -> list[tuple[Path, Path]]:
    """Runs that repeat an earlier one, as sweepers that search do: equal settings and equal results."""
    first: dict[str, Path] = {}
    again = []
    for folder, told in manifests.items():
        files = told.get("files") or {"": str(folder)}
        results = [files.get(name) for name in ("suspects.jsonl", "selftest.jsonl", "examples.parquet")]
        known = json.dumps([told["config"], told["wording"], told["data"], told["judge"], results], sort_keys=True)
        if first.setdefault(known, folder) is not folder:
            again.append((folder, first[known]))
    return again if len(first) > 1 else []


def _settings(told: Mapping[str, Any]) -> dict[str, object]:
    """The choices that a variant is named by, and its whole configuration."""
    judge, data = told["judge"], told["data"]
    chosen = {
        "rubric_set": told["wording"].get("rubric_set"),
        "backend": judge.get("backend"),
        "data": data.get("name"),
        "model": str(judge.get("model") or "").rstrip("/").rpartition("/")[2],
    }
    config = flat(told["config"])
    if chosen["model"]:
        config.pop("backend.model", None)
    return {**chosen, **config, "version": told.get("versions", {}).get("judge"), "file": str(data.get("digest"))[7:15]}


def _variant(run: inbox.Run, label: Label, stores: Sequence[Path]) -> Variant:
    folder, told = run.folder, run.manifest
    with reading(folder / MANIFEST):
        tests = told.get("selftest") or {}
        rounds = [value for value in told["cost"].values() if isinstance(value, Mapping)]
        asked, reused, prompt, cached, generated = (
            sum(int(one.get(key) or 0) for one in rounds)
            for key in ("asked", "reused", "prompt_tokens", "cached_tokens", "generated_tokens")
        )
        tokens = prompt - cached + generated
        kappas = {one["about"]: one for one in (told.get("decisions") or {}).get("kappas", ())}
        now = standing.agreement(run, stores)
        agreement = asdict(now) if now else kappas.get(LIST, {})
        alarms = tests.get("false_alarms") or {}
        alarm = alarms.get(FUSED) or alarms.get(FINDINGS)
        rows = run.examples(_COLUMNS)
        return Variant(
            name=label.name,
            settings=label.settings,
            folder=str(folder),
            model=str(told["judge"].get("model") or told["judge"].get("backend")),
            data=str(told["data"].get("digest")),
            rows=rows,
            copies=_copies(folder / "selftest.jsonl", int(tests.get("copies") or 0)),
            why=str(tests.get("why") or _NO_SELFTEST),
            against=int(tests.get("rows") or len(rows)),
            false_alarms=Share(**alarm) if alarm else None,
            kappa=agreement.get("value"),
            decided=int(agreement.get("of") or 0),
            unscored=sum(told["accounting"]["unscored"].values()),
            asked=asked,
            reused=reused,
            tokens=tokens,
            price=_price(tokens, asked, reused),
            seconds=sum(told["seconds"].values()),
        )


def _price(tokens: int, asked: int, reused: int) -> int | None:
    """Tokens had nothing been answered before: by the mean of those asked, where these are most."""
    if not reused:
        return tokens
    return round(tokens * (asked + reused) / asked) if asked > reused else None


def _copies(path: Path, number: int) -> tuple[Fate, ...]:
    if not number and not path.exists():
        return ()
    with reading(path), path.open(encoding="utf-8") as file:
        copies = tuple(_fate(json.loads(line)) for line in file if line.strip())
        if len(copies) != number:
            raise ValueError(f"the manifest tells of {number:,} copies, and {len(copies):,} are there")
        return copies


def _fate(told: Mapping[str, Any]) -> Fate:
    return Fate(**{**told, "turn": told["turn"] - 1})


def _reports(variants: Sequence[Variant], out: Path) -> dict[str, str]:
    """The variants' own pages, as links from a page in `out`."""
    paths = {v.name: Path(v.folder, _REPORT).resolve() for v in variants}
    here = out.resolve()
    return {n: quote(Path(os.path.relpath(path, here)).as_posix()) for n, path in paths.items() if path.is_file()}


def _write(
    out: Path, variants: Sequence[Variant], contest: Contest, likeness: Likeness, page: Mapping[str, Any]
) -> tuple[Path, ...]:
    lines = [sheet.line(v, contest, likeness) for v in variants]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(lines)
    files = {out / TABLE: text.getvalue().encode("utf-8-sig", "replace")}
    tested = sorted((v for v in variants if v.name in contest.standings), key=lambda v: _worth(v, contest))
    shown = [v for v in variants if v in tested[: plot.MOST]]
    if shown:
        stands = [contest.standings[v.name] for v in shown]
        kinds = {kind for stand in stands for kind in stand.kinds}
        nothing = Share(found=0, of=0, low=0.0, high=1.0)
        files[out / PICTURE] = plot.draw(
            [printable(v.title) for v in shown],
            {kind: [stand.kinds.get(kind, nothing) for stand in stands] for kind in sorted(kinds)},
            [stand.recall for stand in stands],
            [v.false_alarms for v in shown],
            f"{counted(len(shown), 'variant')}{f' of {len(variants)}' if len(shown) < len(variants) else ''}:"
            f" planted defects caught, with 95 % intervals",
        )
    files[out / PAGE] = sweep_page(page, sweep.figure(variants, contest)).encode()
    for path, data in files.items():
        with replacing(path) as temporary:
            temporary.write_bytes(data)
    return tuple(files)


def _worth(variant: Variant, contest: Contest) -> tuple[bool, float]:
    """The winner first, then by average precision."""
    return variant.name != contest.winner, -contest.standings[variant.name].average_precision
