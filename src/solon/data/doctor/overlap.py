"""What two files, or two stages, have in common: a test split in the training mix."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from solon.data.doctor.duplicates import Match, Matches, best, verified
from solon.data.doctor.fingerprints import Fingerprints


def overlap(prints: Fingerprints, texts: Callable[[], Iterable[str]], num_first: int) -> Matches:
    """Every text of the second file that repeats one of the first, with the one it equals or is most similar to.

    Args:
        prints: of the texts of the first file, then of the second. An empty text matches nothing.
        texts: gives the same texts in the same order once more.
        num_first: texts of the first file.
    """
    firsts = prints.firsts()
    in_second = np.arange(num_first, len(firsts))
    leaders = np.flatnonzero(firsts == np.arange(len(firsts)))
    candidates = prints.candidates(leaders, num_first)
    near = {match.second: match for match in best(verified(candidates, texts()))}
    found = []
    for number in in_second.tolist():
        first = int(firsts[number])
        if first < num_first:
            found.append(Match(first, number, "identical" if prints.equal(first, number) else "same words", 1.0))
        elif first in near:  # itself, or an earlier row of the second file that says the same
            found.append(near[first]._replace(second=number))
    return Matches(found, candidates.num_skipped)
