"""`judge store`: what the store of replies holds, which runs need it, and the rest removed."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from judge import inbox
from judge.errors import DataError, StoreError
from judge.outbox import MANIFEST
from judge.store import ReplyStore
from judge.text import counted
from judge.transcript import file

_SHOWN = 10  # runs that are named
_MB = 1e6
_DAY = 86_400.0
_SEVERAL = -1  # in the place of a run, where more than one needs a reply


def run(path: Path, runs: Path, keep_days: float, say: Callable[[str], None], *, prune: bool) -> int:
    """
    Show a store, and prune it where that is wanted.

    Args:
        path: the store.
        runs: the folder whose complete runs, at any depth, are kept; those that the store itself knows of are, too.
        keep_days: replies of fewer days stay whoever needs them.
        say: shows one line.
        prune: remove what no kept run needs.

    Returns:
        How many replies were removed.

    Raises:
        StoreError: there is no such store, or it cannot be used.
        DataError: it cannot be known what is needed, so that nothing can be removed safely.
    """
    if not path.is_file():
        raise StoreError(f"there is no store of replies at {path}; a first run makes it, or name it: judge store PATH")
    if not runs.is_dir():
        raise DataError(f"--runs {runs} is no folder; name the one that your runs are kept in")
    store = ReplyStore(path, changes=prune)
    try:
        known = store.runs()
        folders = _folders(runs, known)
        needs, owner, silent = _needs(folders, say)
        holds = store.holds()
        when = f", {_moment(holds.first)} to {_moment(holds.last)}" if holds.first and holds.last else ""
        say(f"{path}: {holds.replies:,} replies, {holds.size / _MB:.1f} MB{when}")
        _say_runs(folders, needs, owner, store.lost(owner), say)
        doubt = _doubt(known, silent) or (_unfound(path, runs, folders, known) if holds.replies else "")
        if doubt:
            if prune:
                raise DataError(doubt)
            say(f"noted: {doubt}")
            return 0
        gone = [folder for folder, (_, ended) in known.items() if ended and not folder.exists()]
        if gone:
            verb = "counts" if len(gone) == 1 else "count"
            say(f"noted: {counted(len(gone), 'run')} of this store {verb} as deleted, not being there: {gone[0]}, …")
        before = time.time() - keep_days * _DAY
        count, size = store.idle(owner, before)
        said = f"{count:,} replies ({size / _MB:.1f} MB) are needed by no complete run"
        said += f" and are older than {_days(keep_days)}" if keep_days else ""
        if not prune or not count:
            say(f"{said}{'; --prune removes them' if count else ''}")
            return 0
        say(said)
        removed = store.prune(owner, before)
        after = store.holds()
        say(f"removed {removed:,} replies: {after.replies:,} are left, in {after.size / _MB:.1f} MB")
        return removed
    finally:
        store.close()


def _folders(runs: Path, known: Iterable[Path]) -> list[Path]:
    """Folders with a manifest below `runs`, links followed, and those that the store knows of; each once."""
    found: dict[Path, Path] = {}
    seen = set()
    for place, inside, files in os.walk(runs, followlinks=True, onerror=_unread):
        if dangling := [name for name in files if not os.path.exists(os.path.join(place, name))]:  # noqa: PTH110, PTH118
            raise DataError(f"{place}/{dangling[0]} leads nowhere; mend or remove that link first")
        if (real := os.path.realpath(place)) in seen:
            inside.clear()
            continue
        seen.add(real)
        if MANIFEST in files:
            found.setdefault(Path(real), Path(place))
    try:
        for folder in known:
            if (folder / MANIFEST).is_file():
                found.setdefault(folder.resolve(), folder)
            folder.exists()
    except OSError as error:
        _unread(error)
    return sorted(found.values())


def _unfound(path: Path, runs: Path, folders: Sequence[Path], known: Mapping[Path, object]) -> str:
    """Why runs that need replies may not be among those that were found, in words."""
    if not known:
        return f"{path} is of a version that did not note which runs it served; run an audit with it first"
    if not folders:
        return (
            f"no complete run is found in {runs}, so every reply would go; name the folder of your runs with"
            f" --runs FOLDER, or delete {path} itself to start afresh"
        )
    return ""


def _unread(error: OSError) -> NoReturn:
    raise DataError(f"{error.filename} cannot be read: {error.strerror}; what its runs need cannot be known") from error


def _doubt(known: Mapping[Path, tuple[float, float | None]], silent: Sequence[Path]) -> str:
    """Why it cannot be known what is needed, in words; empty where it can."""
    if silent:
        what = (
            f"{silent[0]} was made by a version that did not write down which replies it needs ({len(silent):,} such)"
        )
        return f"{what}, so nothing can be removed safely; audit again and delete the old folder"
    for folder, (started, ended) in known.items():
        if ended is None and folder.exists() and not (folder / MANIFEST).exists():
            when = _moment(started)
            return f"a run began at {when} and has not ended: {folder}; wait for it, or delete that folder if it died"
    return ""


def _days(days: float) -> str:
    """`1 day`, `0.5 days`."""
    return f"{days:g} day{'' if days == 1 else 's'}"


def _needs(folders: list[Path], say: Callable[[str], None]) -> tuple[list[int], dict[str, int], list[Path]]:
    """How many replies each run needs, who needs each, and the runs that do not say."""
    needs: list[int] = []
    owner: dict[str, int] = {}
    silent = []
    for place, folder in enumerate(folders):
        keys: set[str] = set()
        if (folder / file.NAME).exists():
            keys = file.keys(folder)
        else:
            try:
                backend = inbox.load(folder).manifest["judge"].get("backend")
            except DataError as error:
                say(f"noted: {folder} is left out, as no run: {error}")
                backend = "none"
            silent += [folder] if backend != "none" else []
        needs.append(len(keys))
        for key in keys:
            owner[key] = _SEVERAL if key in owner else place
    return needs, owner, silent


def _say_runs(
    folders: list[Path], needs: list[int], owner: dict[str, int], lost: int, say: Callable[[str], None]
) -> None:
    alone = [0] * len(folders)
    for place in owner.values():
        if place != _SEVERAL:
            alone[place] += 1
    need = "needs" if len(folders) == 1 else "need"
    say(f"{counted(len(folders), 'complete run')} {need} {len(owner):,} of them")
    largest = sorted(range(len(folders)), key=lambda place: (-alone[place], str(folders[place])))
    for place in largest[:_SHOWN]:
        say(f"  {needs[place]:>9,} needed, {alone[place]:>9,} of them by no other: {folders[place]}")
    if len(folders) > _SHOWN:
        say(f"  and {counted(len(folders) - _SHOWN, 'run')} more")
    if lost:
        say(f"noted: {lost:,} of these are not here any more, and the runs that need them cannot be verified")


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
