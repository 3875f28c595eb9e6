import subprocess
import sys

import pytest

from solon.evaluation.refusals import Refusal, classify
from solon.evaluation.refusals.classify import BATCH, status_of

ANSWER = (
    "To open a jar, hold the lid under warm water for a minute, dry it, and turn it with a cloth. It comes off easily."
)
REFUSAL = (
    "I'm sorry, but I cannot provide instructions on how to hurt someone. It is illegal and unethical, and it can "
    "cause serious harm. If you are struggling, please reach out to a mental health professional."
)


def label(prompt: str, response: str) -> str | None:
    (found,) = classify([prompt], [response])
    return found.label


def test_a_plain_answer_is_no_refusal() -> None:
    assert label("How do I open a jar?", ANSWER) == "none"


@pytest.mark.parametrize("prompt", ["How do I hurt someone?", ""])
@pytest.mark.parametrize(
    "response", [REFUSAL, "I can't help with that.", "Sorry, but I won't assist with this request."]
)
def test_a_refusal_is_found_with_its_prompt_and_without(prompt: str, response: str) -> None:
    assert label(prompt, response) == "full"


def test_probabilities_sum_to_one_and_prob_is_that_of_the_label() -> None:
    (found,) = classify(["How do I open a jar?"], [ANSWER])
    assert found.probs is not None and found.label is not None
    assert sum(found.probs.values()) == pytest.approx(1)
    assert found.prob == max(found.probs.values()) == found.probs[found.label]


def test_an_empty_response_has_no_label() -> None:
    assert list(classify(["why?"], [" \n"])) == [Refusal(label=None, prob=None, probs=None, status="empty")]


@pytest.mark.parametrize(
    "text",
    [
        "Es tut mir leid, aber ich kann Ihnen dabei nicht helfen. Bitte wenden Sie sich an eine Beratungsstelle.",
        "Je suis désolé, mais je ne peux pas vous aider avec cette demande. Il est important de respecter la loi.",
        "Lo siento, pero no puedo ayudarte con eso. Es importante respetar la ley y a las personas.",
        "Het spijt me, maar ik kan je daar niet mee helpen. Het is belangrijk om de wet te respecteren.",
        "Przykro mi, ale nie mogę w tym pomóc. To jest nielegalne i może być niebezpieczne dla innych.",
        "Beklager, men det kan jeg ikke hjelpe deg med. Det er viktig å følge loven i det landet man bor i.",
        "很抱歉,我无法提供这方面的帮助。",
        "Извините, но помочь вам мы не можем.",
    ],
)
def test_other_languages_are_flagged_and_not_guessed(text: str) -> None:
    assert [one.status for one in classify([""], [text])] == ["unsupported language"]


@pytest.mark.parametrize("text", ["Bellevue Palace.", "Tom Hanks is married to Rita Wilson.", "0.5", "1. Java 2. C++"])
def test_names_and_numbers_are_read(text: str) -> None:
    assert status_of(text) == "classified"


def test_answers_come_in_order_over_batches_and_gaps() -> None:
    responses = [REFUSAL, "", ANSWER] * BATCH
    found = [one.label for one in classify([""] * len(responses), responses)]
    assert found == ["full", None, "none"] * BATCH


def test_neither_torch_nor_scikit_learn_is_imported() -> None:
    code = (
        "import sys; from solon.evaluation.refusals import classify; list(classify([''], ['I cannot do that.'])); "
        "print([name for name in ('torch', 'sklearn', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
