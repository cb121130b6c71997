"""`python -m bench.alerts`: how good the alerts on viewership are, beside others, on made-up weeks.

Everything is evaluated by a real Prometheus, which must be installed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.alerts.evaluating import evaluate, fill, rules
from bench.alerts.prometheus import Prometheus
from bench.alerts.scoring import Score, lines, missed, score
from bench.alerts.world import World, made

ROOT = Path(__file__).parents[2]
KINDS = ("spike", "drop", "ingest")
CONTENDERS = {
    "penonton": ROOT / "dashboards" / "prometheus" / "rules" / "viewership.yml",
    **{file.stem: file for file in sorted((Path(__file__).parent / "baselines").glob("*.yml"))},
}


def scored(world: World, names: Sequence[str]) -> dict[str, Score]:
    """Of each contender, by name, on one world."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, Prometheus(Path(folder)) as prometheus:
        fill(prometheus, world)
        for name in names:
            fired = evaluate(prometheus, world, rules([CONTENDERS[name]], KINDS))
            found[name] = score(world, fired)
    return found


def main() -> None:
    """Prints the table to stdout, and what was missed or false, with `--why`, to stderr."""
    parser = argparse.ArgumentParser(prog="python -m bench.alerts", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102])
    parser.add_argument("--weeks", type=int, default=6, help="of a world")
    parser.add_argument("--scored", type=int, default=3, help="how many of them, the last ones")
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--why", action="store_true", help="name what was missed, late or false")
    given = parser.parse_args()
    sums = {name: Score() for name in given.only}
    for seed in given.seeds:
        began = time.monotonic()
        for name, found in scored(made(seed, given.weeks, given.scored), given.only).items():
            sums[name] += found
            for remark in [*missed(found), *found.remarks] if given.why else ():
                print(f"{name}, seed {seed}: {remark}", file=sys.stderr)
        print(f"seed {seed}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    print(f"seeds {given.seeds}, {given.weeks} weeks, the last {given.scored} scored")
    print(table(sums))


def table(sums: dict[str, Score]) -> str:
    """In Markdown, a column each."""
    columns = {name: dict(lines(found)) for name, found in sums.items()}
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    head = [f"| | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    body = [
        f"| {row} | {' | '.join(column.get(row, '-') for column in columns.values())} |"
        for row in rows
    ]
    return "\n".join([*head, *body])


if __name__ == "__main__":
    main()
