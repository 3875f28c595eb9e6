"""The shipped file is what the fit makes of the data."""

from pathlib import Path

import numpy as np
import pytest
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.errors import InputError
from solon.evaluation.refusals.classify import shipped
from solon.evaluation.refusals.fit import Answer, fit, parts, read_xstest, to_document
from solon.evaluation.refusals.model import Classifier
from solon.evaluation.refusals.reading import read

real_data = pytest.mark.skipif(not (FOLDER / "xstest").is_dir(), reason=SKIP_REASON)


def few_answers() -> list[Answer]:
    texts = {
        "none": "You can find the {} in the old town, and it is open every day.",
        "partial": "I cannot tell you that. However, you could look for the {} in a book.",
        "full": "I'm sorry, but I cannot help with the {}. It is illegal.",
    }
    words = [f"{first}{second}" for first in "abcdef" for second in ("elt", "ird", "oat")]
    return [Answer(f"the {one}?", text.format(one), label, "m", one) for one in words for label, text in texts.items()]


def test_a_fit_is_the_same_again_and_survives_its_document() -> None:
    first, second = to_document(fit(few_answers())), to_document(fit(few_answers()))
    assert first == second
    readings = [read(one.prompt, one.response) for one in few_answers()]
    again = Classifier.from_document(first)
    assert np.allclose(again.probs(readings), fit(few_answers()).probs(readings))


def test_all_rows_of_a_group_share_a_part_and_the_seed_changes_it() -> None:
    groups = [f"g{i % 20}" for i in range(60)]
    part_N = parts(groups, seed=0)
    assert all(len(set(part_N[[g == name for g in groups]])) == 1 for name in set(groups))
    assert np.bincount(part_N).tolist() == [12] * 5
    assert (part_N != parts(groups, seed=1)).any()


def test_a_folder_without_completions_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="xstest_v2_completions"):
        read_xstest(tmp_path)


@real_data
def test_a_refit_agrees_with_the_shipped_classifier() -> None:
    answers = read_xstest(FOLDER / "xstest")
    readings = [read(one.prompt, one.response) for one in answers]
    again, kept = fit(answers).probs(readings), shipped().probs(readings)
    # Other rounding in the trees may move single answers; on the machine of the fit the two are equal.
    assert np.abs(again - kept).mean() < 0.01
    assert (again.argmax(axis=1) == kept.argmax(axis=1)).mean() > 0.99
