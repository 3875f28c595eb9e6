"""How much better are labels if people's budget goes where the gain is expected, and not to random pairs?

    python -m benchmarks.routing --seeds 20

Pairs of planted difficulty (`tests/labellers/planted.py`): the harder, the less certain the AI and the more often it
is wrong; people are right 19 times in 20. The AI is calibrated on 150 of 1,200 pairs, which people labelled at random;
then people label a quarter, a half, or three quarters of the others. Shares of right labels, over all pairs, mean and
deviation over seeds. Ends in one JSON line.
"""

from __future__ import annotations

import argparse
import json
import statistics

from tests.labellers.planted import Accuracies, accuracies

SHARES = (0.25, 0.5, 0.75)


def main() -> None:
    """Print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    given = parser.parse_args()
    print(f"{'labelled by people':20}" + "".join(f"{name:>18}" for name in (*Accuracies._fields, "won in")))
    rows = []
    for share in SHARES:
        found = [accuracies(seed, share) for seed in range(given.seeds)]
        columns = {name: [getattr(one, name) for one in found] for name in Accuracies._fields}
        told = [f"{statistics.fmean(values):.3f} ± {statistics.stdev(values):.3f}" for values in columns.values()]
        won = sum(one.routed > one.at_random for one in found)
        print(f"{share:<20.0%}" + "".join(f"{text:>18}" for text in (*told, f"{won} of {len(found)}")))
        rows.append({"share": share, "won": won, **columns})
    print(json.dumps({**vars(given), "rows": rows}))


if __name__ == "__main__":
    main()
