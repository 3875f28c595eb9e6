"""What an audit found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from solon.records import Metric, Record

INSTRUMENT = "judge"


class AuditReport(Record):
    """All figures of one judge on one file. A figure that the kind of file or judge does not have is absent.

    | figure | what it is |
    | --- | --- |
    | accuracy, accuracy/CATEGORY, accuracy@PRINCIPLE | share of right verdicts where people decided; a tie is wrong |
    | accuracy_worst, accuracy_best | the same if every case without a verdict were wrong, or right |
    | agreement, kappa | of all three verdicts, ties included; of classes and scores likewise |
    | consistency | share of one verdict in both orders |
    | flips, first_of_flips | share of pairs whose winner changes with the order; of those, the first one's share |
    | position_bias | flips to the first less flips to the second, of all pairs: -1 to 1 |
    | length_bias, list_bias, self_preference | see `audit.biases` |
    | length_coefficient | log-odds for A per standard deviation of log length, people's verdict held fixed |
    | refused, unscored, each also /CATEGORY | share of cases without a verdict; never counted as a verdict |
    | planted_resistance, also /KIND | share of verdicts that a planted instruction does not move |
    | brier, ece | of judges that tell probabilities |
    """

    kind: Literal["pairs", "scores", "classes", "choices"]
    cases: int
    metrics: Mapping[str, Metric]
