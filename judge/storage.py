"""`judge store`: what the store of replies holds, which runs need it, and the rest removed."""

import time
from collections.abc import Callable
from pathlib import Path

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
        runs: the folder whose complete runs, at any depth, are kept.
        keep_days: replies of fewer days stay whoever needs them.
        say: shows one line.
        prune: remove what no kept run needs.

    Returns:
        How many replies were removed.

    Raises:
        StoreError: there is no such store, or it cannot be used.
        DataError: a kept run cannot say which replies it needs, so that nothing can be removed safely.
    """
    if not path.is_file():
        raise StoreError(f"there is no store of replies at {path}; a first run makes it, or name it: judge store PATH")
    folders = sorted(one.parent for one in runs.rglob(MANIFEST))
    needs, owner, silent = _needs(folders)
    store = ReplyStore(path)
    try:
        holds = store.holds()
        when = f", {_moment(holds.first)} to {_moment(holds.last)}" if holds.first and holds.last else ""
        say(f"{path}: {holds.replies:,} replies, {holds.size / _MB:.1f} MB{when}")
        _say_runs(folders, needs, owner, runs, say)
        if silent:
            what = f"{silent[0]} was made by a version that did not write down which replies it needs"
            what += f" ({len(silent):,} such), so nothing can be removed safely; audit again and delete the old folder"
            if prune:
                raise DataError(what)
            say(f"noted: {what}")
            return 0
        before = time.time() - keep_days * _DAY
        count, size = store.idle(owner, before)
        said = f"{count:,} replies ({size / _MB:.1f} MB) are needed by no complete run in {runs}"
        said += f" and are older than {_days(keep_days)}" if keep_days else ""
        if not prune:
            say(f"{said}{'; --prune removes them' if count else ''}")
            return 0
        say(said)
        gone = store.prune(owner, before) if count else 0
        after = store.holds()
        say(f"removed {gone:,} replies: {after.replies:,} are left, in {after.size / _MB:.1f} MB")
        return gone
    finally:
        store.close()


def _days(days: float) -> str:
    """`1 day`, `0.5 days`."""
    return f"{days:g} day{'' if days == 1 else 's'}"


def _needs(folders: list[Path]) -> tuple[list[int], dict[str, int], list[Path]]:
    """How many replies each run needs, who needs each, and the runs that do not say."""
    needs: list[int] = []
    owner: dict[str, int] = {}
    silent = []
    for place, folder in enumerate(folders):
        keys: set[str] = set()
        if (folder / file.NAME).exists():
            keys = file.keys(folder)
        elif inbox.load(folder).manifest["judge"].get("backend") != "none":
            silent.append(folder)
        needs.append(len(keys))
        for key in keys:
            owner[key] = _SEVERAL if key in owner else place
    return needs, owner, silent


def _say_runs(
    folders: list[Path], needs: list[int], owner: dict[str, int], runs: Path, say: Callable[[str], None]
) -> None:
    alone = [0] * len(folders)
    for place in owner.values():
        if place != _SEVERAL:
            alone[place] += 1
    say(f"{counted(len(folders), 'complete run')} in {runs} need {len(owner):,} of them")
    largest = sorted(range(len(folders)), key=lambda place: (-alone[place], str(folders[place])))
    for place in largest[:_SHOWN]:
        say(f"  {needs[place]:>9,} needed, {alone[place]:>9,} of them by no other: {folders[place]}")
    if len(folders) > _SHOWN:
        say(f"  and {counted(len(folders) - _SHOWN, 'run')} more")


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
