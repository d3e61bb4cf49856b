"""
Makes the demonstration sets of the invented brand Tarnlea: `support_v3`, `support_v4`, their truth files and the guide.

And `anchors`, rows of `support_v3` that stay as they are, so that drift of a judge is told from drift of the data.

    python data/make_support.py            rewrites the files beside this script
    python data/make_support.py --check    exits with 1 if what is on disk differs
    python data/make_support.py --out DIR  writes them into DIR instead

The same bytes come out every time: everything drawn is drawn from seeded generators. The standard library is enough.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from support.assemble import Row, make_guide, make_v3
from support.merge import make_v4

ANCHORS = 48  # half of them known defects
ANCHOR_SEED = 20261126


def make() -> dict[str, str]:
    """Return the text of every file by its name."""
    v3 = make_v3()
    v4 = make_v4(v3)
    return {
        "anchors.jsonl": _lines(row.line() for row in anchors(v3)),
        "support_guide.md": make_guide(),
        "support_v3.jsonl": _lines(row.line() for row in v3),
        "support_v3.truth.jsonl": _lines(row.truth(row.id) for row in v3 if row.defect),
        "support_v4.jsonl": _lines(row.line() for row in v4.rows),
        "support_v4.truth.jsonl": _lines(row.truth(v4.names.get(id(row), row.id)) for row in v4.rows if row.defect),
    }


def anchors(rows: Sequence[Row]) -> list[Row]:
    """Draw known defects, of every kind as many as of any other where there are so many, and as many clean rows."""
    rng = Random(ANCHOR_SEED)  # noqa: S311 - a reproducible draw, nothing secret
    kinds: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rng.sample(rows, len(rows)):
        kinds[row.defect].append(row)
    clean = kinds.pop("")
    ranked = sorted((at, kind) for kind, those in kinds.items() for at in range(len(those)))
    drawn = {kinds[kind][at].id for at, kind in ranked[: ANCHORS // 2]}
    drawn |= {row.id for row in clean[: ANCHORS - len(drawn)]}
    return [row for row in rows if row.id in drawn]


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def main() -> int:
    """Write or check the files; return the exit status."""
    parser = argparse.ArgumentParser(description="Make the demonstration sets.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="folder to write into")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a file differs")
    options = parser.parse_args()
    files = {options.out / name: text.encode() for name, text in make().items()}
    if options.check:
        stale = [path for path, data in files.items() if not path.is_file() or path.read_bytes() != data]
        for path in stale:
            sys.stderr.write(f"{path.name} differs from what make_support.py makes; run it again\n")
        return 1 if stale else 0
    options.out.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
