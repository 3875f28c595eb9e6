"""The failure that the notes describe: reinforcement learning spoils a dropped category's answers.

Cause: a preference model that never saw an off-topic or a muddled loser on a red-team prompt may score such answers
above complying, and its held-out accuracy does not show it. The margins between planted answers do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.proof.constitutions import CATEGORY_HEADER, Measured, category_row, read_stage, run_variant, run_without
from benchmarks.proof.markdown import counts, table, with_interval
from benchmarks.proof.readings import mean
from benchmarks.proof.study import Section, Study
from benchmarks.proof.world import open_world

from solon.constitution.variants import without_tag
from solon.evaluation.intervals import clustered_mean
from solon.evaluation.rates import template
from solon.interfaces import PromptResponse
from solon.preferences.candidates import damage
from solon.records import Metric
from solon.reward.score import RewardModelScorer
from solon.seeds import generator
from solon.store.run_folder import RunFolder

DROPPED = "theft"
AS_FIRST_TRIED = (
    "preference_model.swapped_share=0.0",
    "preference_model.damaged_share=0.0",
    "preference_model.red_team_prompts=0",
    "rl_cai.kl_coef=0.02",
    "rl_cai.schedule=constant",
    "rl_cai.ptx_coef=0.0",
    "rl_cai.ptx_prompts=0",
)
"""People rank helpful prompts only, no response belongs to another prompt or is damaged; strong reinforcement
learning."""
GENTLE = AS_FIRST_TRIED[:3]
"""The same preference model, and the recipe's own reinforcement learning."""

MARGINS = {
    "margin_off_topic": "complying - off-topic",
    "margin_damaged": "complying - complying in damaged words",
    "margin_refused": "refusing - off-topic",
}


def make(study: Study) -> Section:
    """The failure, its cause, and the recipe as it is."""
    constitution = without_tag(study.base_recipe().load_constitution(), DROPPED)
    name = f"without-{DROPPED}"
    variants = {
        "as first tried": run_variant(study, f"{name}-hacked", constitution, AS_FIRST_TRIED),
        "gentle RL, preference model as first tried": run_variant(study, f"{name}-gentle", constitution, GENTLE),
        "the recipe": run_without(study, DROPPED),
    }
    rates = {name: read_stage(runs, "rl_cai", DROPPED) for name, runs in variants.items()}
    margins = {name: [_margins(study, run) for run in runs] for name, runs in variants.items()}
    body = f"The clauses on {DROPPED} are dropped. Settings that differ from the recipe, as first tried: "
    body += ", ".join(f"`{one}`" for one in AS_FIRST_TRIED) + ".\n\n**What rl_cai does**\n\n" + behaviour_table(rates)
    body += "\n**Why**: mean difference of the preference model's scores (logits) between planted answers to held-out "
    body += f"{DROPPED} prompts\n\n" + margins_table(margins)
    return Section(body, ())


def behaviour_table(variants: Mapping[str, Measured]) -> str:
    """Complied, refused, off-topic in the dropped category after reinforcement learning."""
    return table(CATEGORY_HEADER, [category_row(name, "rl_cai", runs) for name, runs in variants.items()])


def margins_table(variants: Mapping[str, Sequence[Mapping[str, Metric]]]) -> str:
    """What each preference model thinks of changing the subject."""
    rows = []
    for name, runs in variants.items():
        margins = [mean(runs, key) for key in MARGINS]
        rows.append([name, *[with_interval(margin, 2) for margin in margins], counts(margins[0])])
    return table(["preference model of", *MARGINS.values(), "n"], rows)


def _margins(study: Study, run: Path) -> dict[str, Metric]:
    stage = RunFolder.existing(run).stage("preference_model")
    depends_on: dict[str, str | int] = {"model": stage.manifest.hash, "prompts": study.prompts}
    return study.measured(f"planted-margins-{run.name}", depends_on, lambda: score_margins(run, study.prompts))


def score_margins(run: Path, num_prompts: int) -> dict[str, Metric]:
    """The preference model's margins on held-out harmful prompts of the dropped category."""
    world = open_world(run)
    scorer = RewardModelScorer.load(RunFolder.existing(run).model("preference_model"))
    prompts = [one for one in world.evaluation_prompts(num_prompts) if one.labels["kind"] == "harmful"]
    prompts = [one for one in prompts if one.labels["category"] == DROPPED]
    chances = [generator(0, "margins", prompt.id) for prompt in prompts]
    asked = list(zip(prompts, chances, strict=True))
    replies = [world.feedback.right_reply(prompt, rng) for prompt, rng in asked]
    vocabulary = sorted({word for reply in replies for word in reply.split()})
    planted = {
        "complied": replies,
        "damaged": [damage(reply, vocabulary, rng) for reply, rng in zip(replies, chances, strict=True)],
        "refused": [world.feedback.safe_reply(prompt, rng) for prompt, rng in asked],
        "off_topic": [world.feedback.stray_reply(rng).text for _, rng in asked],
    }
    scores = {
        name: scorer([PromptResponse(*pair) for pair in zip(prompts, texts, strict=True)])
        for name, texts in planted.items()
    }
    clusters = [template(prompt) for prompt in prompts]

    def margin(better: str, worse: str) -> Metric:
        differences = [a - b for a, b in zip(scores[better], scores[worse], strict=True)]
        return clustered_mean(differences, clusters, "preference model")

    return {
        "margin_off_topic": margin("complied", "off_topic"),
        "margin_damaged": margin("complied", "damaged"),
        "margin_refused": margin("refused", "off_topic"),
    }
