"""Figures of published sets, as docs/red-teaming.md tells them, and wrappers around their prompts."""

from statistics import fmean

import pytest
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.data import QuarantineWriter, read_prompts
from solon.records import Prompt
from solon.responses.attacks.diversity import diversity, shared_words
from solon.responses.attacks.templates import TEMPLATES
from solon.responses.attacks.wrap import wrap
from solon.seeds import generator

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=SKIP_REASON)

FIGURES = {
    "advbench/harmful_behaviors": (0.36, 0.61, 0.73, 0.042),
    "harmbench/harmbench_behaviors_text_all": (0.37, 0.82, 0.93, 0.029),
    "jailbreakbench/jailbreakbench": (0.53, 0.86, 0.95, 0.016),
    "red_instruct/dangerousqa": (0.39, 0.63, 0.77, 0.045),
    "strongreject/strongreject": (0.45, 0.85, 0.96, 0.016),
    "xstest/xstest_prompts": (0.45, 0.75, 0.85, 0.022),
}
"""Distinct-1, -2, -3 and similarity of 50 prompts."""


def prompts_of(name: str) -> list[Prompt]:
    return read_prompts(FOLDER / f"{name}.jsonl.gz", QuarantineWriter(None))


@pytest.mark.parametrize("name", FIGURES)
def test_fifty_prompts_of_a_published_set_have_these_figures(name: str) -> None:
    prompts = prompts_of(name)
    drawn = generator(0, "fifty").permutation(len(prompts))[:50].tolist()
    told = diversity([prompts[index].messages[0].content for index in drawn])
    figures = (told.distinct_1, told.distinct_2, told.distinct_3, told.similarity)
    assert tuple(round(value or 0, 2 if place < 3 else 3) for place, value in enumerate(figures)) == FIGURES[name]


def test_contrasting_prompts_of_xstest_share_words_and_strangers_do_not() -> None:
    by_number = {int(prompt.id): prompt for prompt in prompts_of("xstest/xstest_prompts")}
    pairs = [
        (safe.messages[0].content, by_number[number + 25].messages[0].content)
        for number, safe in by_number.items()
        if number + 25 in by_number and by_number[number + 25].labels["type"] == f"contrast_{safe.labels['type']}"
    ]
    shared = [shared_words(safe, unsafe) for safe, unsafe in pairs]
    strangers = [shared_words(safe, pairs[place - 1][1]) for place, (safe, _) in enumerate(pairs)]
    assert (len(pairs), round(fmean(shared), 2), shared.count(0)) == (46, 0.43, 1)
    assert round(fmean(strangers), 2) == 0.04


def test_published_prompts_keep_their_labels_inside_every_wrapper() -> None:
    prompts = prompts_of("jailbreakbench/jailbreakbench")
    wrapped = wrap(prompts, seed=1)
    assert len(wrapped) == len(prompts) * (1 + len(TEMPLATES)) == len({one.id for one in wrapped})
    assert all(one.labels["Category"] for one in wrapped)
