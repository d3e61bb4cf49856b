"""Where people watch: progress on the error stream, the result on the other. Nothing moves where nobody looks."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn, TextIO

from rich.console import Console as Screen
from rich.table import Table
from rich.text import Text
from tqdm import tqdm

from judge.ports import Bar
from judge.reliability import FINDINGS, FUSED, JUDGE, Habit, SelfTest
from judge.results import Blocking, Group, Outcome, Suspect
from judge.text import counted, printable, quoted

_GROUPS, _NAMED = 3, 4  # groups that are shown, and rows named of a camp
_READERS = {JUDGE: "judge alone", FINDINGS: "findings alone", FUSED: "list"}
MARK, UNMARK = "\ue000", "\ue001"  # of no text that anyone reads
_NARROW = 100  # columns assumed where the output is no terminal


class Terminal:
    """
    The console of a run.

    Args:
        quiet: only errors are shown, and what `warn` is for.
        top: rows of the list that are shown.
        out, err: streams; bars are drawn only on a terminal.
    """

    def __init__(
        self, *, quiet: bool = False, top: int = 10, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        out = out or sys.stdout
        self._err = err or sys.stderr
        self._quiet = quiet
        self._top = top
        width = None if out.isatty() else _NARROW
        # text of data is never markup, nor a name of an emoji
        self._screen = _Screen(file=out, highlight=False, markup=False, emoji=False, quiet=quiet, width=width)

    def say(self, text: str) -> None:
        """One line; never cut, and never read as markup."""
        self._screen.print(printable(text), soft_wrap=True)

    @property
    def coloured(self) -> bool:
        """Whether marks can be shown by more than letters."""
        return self._screen.is_terminal

    def styled(self, text: str) -> None:
        """One line like `say`, what stands between `MARK` and `UNMARK` in reverse; a mark ends with its line."""
        line = Text()
        for n, part in enumerate(text.split(MARK)):
            marked, _, rest = part.partition(UNMARK) if n else ("", "", part)
            line.append(printable(marked), style="reverse").append(printable(rest))
        self._screen.print(line, soft_wrap=True)

    def warn(self, text: str) -> None:
        """One line that nobody is spared: among the others, or where these are not shown on the error stream."""
        if not self._quiet:
            self.say(text)
            return
        with contextlib.suppress(OSError):
            self._err.write(f"judge: {' '.join(printable(text).split())}\n")

    def bar(self, what: str, total: int, unit: str) -> Bar:
        """A progress bar with rate and time left, gone when it is done."""
        hidden = self._quiet or not self._err.isatty()
        return _Progress(
            tqdm(total=total, desc=what, unit=unit, disable=hidden, file=self._err, leave=False, smoothing=0.1)
        )

    @contextlib.contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """A sign of life for work of unknown size; what is said meanwhile stands above it."""
        screen = self._screen if self._screen.is_terminal else Screen(file=self._err)
        with screen.status(f"{what} …") if screen.is_terminal and not self._quiet else contextlib.nullcontext():
            yield

    def suspects(self, suspects: Sequence[Suspect]) -> None:
        """The head of the list, each row with its strongest reasons, and the line where the review budget ends."""
        shown = [s for s in suspects[: self._top] if s.reasons]
        if not any(s.reasons for s in suspects[:1]):  # rows that show one come first
            self.say("no row shows any reason for suspicion")
        if not shown:
            return
        table = Table(box=None, pad_edge=False, expand=True, header_style="bold")
        table.add_column("rank", justify="right", no_wrap=True)
        table.add_column("suspicion", justify="right", no_wrap=True)
        table.add_column("example", no_wrap=True, max_width=24)
        table.add_column("because", ratio=1)
        for n, suspect in enumerate(shown):
            if not suspect.within_budget and (n == 0 or shown[n - 1].within_budget):
                table.add_row("", "", "", "--- the review budget ends here ---")
            where = f"{suspect.example.id}\nline {suspect.example.line}"
            table.add_row(str(suspect.rank), f"{suspect.suspicion:.3f}", _cell(where), _cell(_why(suspect)))
        self._screen.print(table)

    def groups(self, groups: Sequence[Group], blocking: Blocking) -> None:
        """The three worst groups with their camps, and how pairs came to be looked at."""
        disagree = [group for group in groups if group.camps]
        by = "" if blocking.asked else ", by their words alone"
        if disagree:
            rows = len({name for group in disagree for name in _standing_apart(group)})
            worst = f"; the worst {min(_GROUPS, len(disagree))}" if len(disagree) > 1 else ""
            self.say(f"{counted(len(disagree), 'group')} of {counted(rows, 'row')} contradict each other{by}{worst}:")
        for group in disagree[:_GROUPS]:
            self._screen.print(
                f"  {group.kind} {group.probability:.2f}  {_cell(_short(group.asks, 70))}", soft_wrap=True
            )
            for camp in group.camps:
                who = ", ".join(camp.members[:_NAMED]) + (", …" if len(camp.members) > _NAMED else "")
                said = f"    {counted(len(camp.members), 'row')}: {quoted(camp.says)}  {who}"
                self._screen.print(_cell(said), soft_wrap=True)
            if group.lean:
                self._screen.print(f"    {_cell(group.lean)}", soft_wrap=True)
        self.say(_blocking(blocking))
        if blocking.two_forms:
            self.say(f"style: {blocking.two_forms:.0%} of the answers stand in groups of two forms, lists and prose")

    def selftest(self, tested: SelfTest) -> None:
        """What share of planted copies was caught, by kind and by reader, and the plain sentence."""
        if not tested.copies:
            self.say(f"NO SELF-TEST: nobody knows what this audit catches here ({tested.why})")
            return
        readers = list(tested.pooled)
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("planted defects caught", no_wrap=True)
        for reader in readers:
            table.add_column(_READERS[reader], justify="right", no_wrap=True)
        rows = [*tested.kinds.items(), ("all", tested.pooled), ("false alarms on sources", tested.false_alarms)]
        for name, shares in rows:
            table.add_row(name, *(str(shares[reader]) for reader in readers))
        self._screen.print(table)
        self.say(f"self-test: {tested.says}")

    def habits(self, habits: Sequence[Habit]) -> None:
        """One sentence a habit, those that the judge certainly has first."""
        for habit in sorted(habits, key=lambda habit: not habit.flagged):
            self.say(f"{'HABIT' if habit.flagged else 'habit'} {habit.name}: {habit.says}")

    def result(self, outcome: Outcome) -> None:
        """Where every row went, where the budget cuts, and how good the list is where the truth is known."""
        self.say(outcome.accounting.line())
        self.say(
            f"{counted(outcome.inside, 'row')} inside the review budget;"
            f" {outcome.reasoned:,} of {len(outcome.suspects):,} ranked rows show a reason"
        )
        if quality := outcome.quality:
            self.say(
                f"against the known defects: {quality.found} of {quality.defects} inside the budget"
                f" (recall {quality.recall:.2f}), average precision {quality.average_precision:.3f}"
            )


def _standing_apart(group: Group) -> set[str]:
    """Rows of its camps, and those that contradict each other in another way."""
    inside = {name for camp in group.camps for name in camp.members}
    return inside.union(*((pair.left, pair.right) for pair in group.pairs))


def _blocking(seen: Blocking) -> str:
    recall = f" ({seen.planted_found} of {seen.planted} planted contradictions among them)" if seen.planted else ""
    left = f" (the budget left out {seen.worth_asking - seen.asked:,})" if seen.worth_asking > seen.asked else ""
    asked = f", {seen.asked:,} asked{left}" if seen.worth_asking else ""
    return (
        f"pairs: {seen.possible:,} possible, {seen.candidates:,} ask the same{recall}{asked},"
        f" {seen.reported:,} contradict each other"
    )


class _Screen(Screen):
    """One that outlives its reader: a closed pipe (`| head`) ends the showing, not the run."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


class _Progress:
    def __init__(self, bar: "tqdm[NoReturn]") -> None:
        self._bar = bar

    def step(self, n: int = 1, **notes: object) -> None:
        self._bar.set_postfix(notes, refresh=n == 0)
        self._bar.update(n)

    def close(self) -> None:
        self._bar.close()


def _why(suspect: Suspect) -> str:
    """The two strongest reasons; with the turn, counted from 1, where there are several to choose from."""
    several = len(suspect.example.judged) > 1
    return "\n".join(
        f"{r.name}{_turn(r.turn) if several else ''} ({r.share:.0%}): {_short(r.because)}" for r in suspect.reasons[:2]
    )


def _turn(turn: int | None) -> str:
    return "" if turn is None else f", turn {turn + 1}"


def _cell(text: str) -> str:
    return printable(text)


def _short(text: str, room: int = 160) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= room else flat[: room - 1] + "…"
