"""The stages whose product is a policy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

from solon.critiques import revision_pairs, revision_rows
from solon.data.mixture import MixtureConfig
from solon.models.adapt import adapt
from solon.models.language_model import LanguageModel
from solon.policy.config import PretrainConfig
from solon.policy.direct_preference import train_direct_preference
from solon.policy.ppo import train_ppo
from solon.policy.pretrain import pretrain, pretrain_rows
from solon.policy.rl_config import PPOConfig
from solon.policy.rows import render_rows
from solon.policy.sft import train_sft, train_sft_rows
from solon.policy.value_model import initial_value_model
from solon.records import Demonstration, Document, Prompt, Response, Revision, assistant
from solon.responses import sample_responses
from solon.seeds import derive
from solon.stage import StageRun
from solon.stages.fitting import fitting_examples, fitting_prompts
from solon.stages.mixing import mixed_rows, mixture_texts
from solon.stages.opening import (
    both_kinds,
    device_of,
    fresh_model,
    keep_unanswered,
    open_engine,
    open_local,
    open_policy,
    open_reward,
    true_score,
)
from solon.stages.settings import mixture_of
from solon.store.records import kept_records, read_records, write_records
from solon.unanswered import Unanswered


def train_base(run: StageRun) -> None:
    """Plain text -> tokeniser and model; or the model that the recipe starts from, given what it lacks for turns."""
    model, settings = run.recipe.model, run.recipe.base
    mixture = mixture_of(run.recipe, "base")
    reads_documents = mixture is None and settings.documents
    documents = list(run.source.base_documents(settings.documents, seed=run.seed)) if reads_documents else []
    if (start := run.recipe.start_model()) is not None:
        adapted = run.folder / "work" / "start"
        shutil.rmtree(adapted, ignore_errors=True)
        adapt(start, adapted)
        base = LanguageModel.load(str(adapted), device=device_of(run.recipe))
    else:
        texts = mixture_texts(run, mixture) if mixture else [document.text for document in documents]
        base = fresh_model(model, texts, seed=run.seed)
    if mixture:
        _pretrain_on_mixture(run, base, mixture, settings)
    elif documents:
        pretrain(
            base,
            fitting_examples(run, base, documents),
            settings,
            folder=run.folder,
            seed=run.seed,
            progress=run.progress,
            keep_checkpoints=run.recipe.checkpoints_on_the_way,
        )
    else:
        base.save(run.folder / "model")


def train_mid(run: StageRun) -> None:
    """Base -> a model that has seen every style of answer, critique and comparison, and prefers none."""
    settings = run.recipe.mid
    base = open_policy(run, "base")
    if mixture := mixture_of(run.recipe, "mid"):
        _pretrain_on_mixture(run, base, mixture, settings)
        return
    documents = fitting_examples(run, base, list(run.source.mid_documents(settings.documents, seed=run.seed)))
    pretrain(base, documents, settings, folder=run.folder, seed=run.seed, progress=run.progress,
             keep_checkpoints=run.recipe.checkpoints_on_the_way)  # fmt: skip


def train_helpful_sft(run: StageRun) -> None:
    """Demonstrations -> a helpful-only policy."""
    settings = run.recipe.sft
    if mixture := mixture_of(run.recipe, "sft"):
        policy = open_policy(run, run.recipe.roles.sft_from, settings.lora)
        rows, sections = mixed_rows(run, policy, mixture, settings.long_rows)
        train_sft_rows(policy, rows, settings, sections=sections, folder=run.folder, seed=run.seed,
                       progress=run.progress, keep_checkpoints=run.recipe.checkpoints_on_the_way)  # fmt: skip
        return
    demonstrations = run.source.demonstrations(settings.demonstrations, seed=run.seed)
    replay = _replay(run, settings.replay_documents)
    policy = open_policy(run, run.recipe.roles.sft_from, settings.lora)
    examples = fitting_examples(run, policy, [*demonstrations, *replay])
    train_sft(policy, examples, settings, folder=run.folder, seed=run.seed, progress=run.progress,
              keep_checkpoints=run.recipe.checkpoints_on_the_way)  # fmt: skip


def train_helpful_rlhf(run: StageRun) -> None:
    """PPO on the helpful reward model."""
    settings, roles = run.recipe.helpful_rlhf, run.recipe.roles
    prompts = run.source.helpful_prompts(settings.prompts, seed=run.seed)
    number = settings.ptx_demonstrations
    demonstrations = run.source.demonstrations(number, seed=run.seed) if number else []
    start, reference = roles.rlhf_from, roles.rlhf_reference
    _ppo(run, settings, prompts, start=start, reference=reference, reward="helpful_reward", imitated=demonstrations)


def train_sl_cai(run: StageRun) -> None:
    """Revisions and helpful samples -> a harmless policy, from the pretrained model."""
    settings, roles = run.recipe.sl_cai, run.recipe.roles
    revisions = read_records(run.inputs["revisions"] / "revisions.jsonl", Revision)
    answers = _helpful_answers(
        run,
        settings.helpful_prompts,
        draws=settings.samples_per_prompt,
        max_new_tokens=settings.max_new_tokens,
        temperature=settings.helpful_temperature,
    )
    replay = _replay(run, settings.replay_documents)
    examples = [*revision_rows(revisions, settings.train_on), *answers, *replay]
    policy = open_policy(run, roles.sl_cai_from, settings.lora)
    train_sft(policy, fitting_examples(run, policy, examples), settings, folder=run.folder, seed=run.seed,
              progress=run.progress, keep_checkpoints=run.recipe.checkpoints_on_the_way)  # fmt: skip


def train_revision_dpo(run: StageRun) -> None:
    """Pairs of a first answer and its last revision -> a harmless policy, by DPO."""
    settings, start = run.recipe.revision_dpo, run.recipe.roles.revision_dpo_from
    revisions = read_records(run.inputs["revisions"] / "revisions.jsonl", Revision)
    held_out = train_direct_preference(
        open_policy(run, start, settings.lora),
        [],
        revision_pairs(revisions),
        settings,
        folder=run.folder,
        seed=run.seed,
        progress=run.progress,
        keep_checkpoints=run.recipe.checkpoints_on_the_way,
    )
    write_records(run.folder / "held_out.jsonl", held_out)


def train_rl_cai(run: StageRun) -> None:
    """PPO on the preference model, on helpful and red-team prompts."""
    settings, start = run.recipe.rl_cai, run.recipe.roles.rl_cai_from
    prompts = both_kinds(run, settings.helpful_prompts, settings.red_team_prompts)
    imitated = _helpful_answers(
        run,
        settings.ptx_prompts,
        draws=1,
        max_new_tokens=settings.max_new_tokens,
        temperature=settings.ptx_temperature,
    )
    _ppo(run, settings, prompts, start=start, reference=start, reward="preference_model", imitated=imitated)


def _pretrain_on_mixture(run: StageRun, model: LanguageModel, mixture: MixtureConfig, settings: PretrainConfig) -> None:
    rows, sections = mixed_rows(run, model, mixture, settings.long_rows)
    pretrain_rows(model, rows, settings, sections=sections, folder=run.folder, seed=run.seed, progress=run.progress,
                  keep_checkpoints=run.recipe.checkpoints_on_the_way)  # fmt: skip


def _replay(run: StageRun, count: int) -> list[Document | Demonstration]:
    """Documents of earlier training to mix in, so that it is not forgotten."""
    return list(run.source.replay_documents(count, seed=run.seed)) if count else []


def _helpful_answers(
    run: StageRun, num_prompts: int, *, draws: int, max_new_tokens: int, temperature: float
) -> list[Demonstration]:
    """Answers of the helpful sampler to helpful prompts, to imitate; those that the token limit cut are left out."""
    sampler = run.recipe.roles.helpful_sampler
    prompts = run.source.helpful_prompts(num_prompts, seed=derive(run.seed, "imitated")) if num_prompts else []

    unanswered: list[Unanswered] = []

    def sample() -> Iterator[Response]:
        model = open_local(run, sampler)
        return sample_responses(
            fitting_prompts(run, model, prompts, max_new_tokens) if model else prompts,
            open_engine(run, sampler, model),
            name=sampler,
            seed=run.seed,
            draws=draws,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            progress=run.progress,
            unanswered=unanswered,
        )

    responses = kept_records(run.folder / "helpful_samples.jsonl", Response, sample) if prompts else []
    keep_unanswered(run, unanswered)
    whole = [response for response in responses if not response.truncated]
    if len(whole) < len(responses):
        cut = len(responses) - len(whole)
        run.progress.say(f"{cut} of {len(responses)} answers of {sampler} hit the token limit and are not imitated")
    return [
        Demonstration(
            id=one.id,
            messages=(*one.prompt.messages, assistant(one.text)),
            source=f"answers of {sampler}",
            tools=one.prompt.tools,
        )
        for one in whole
    ]


def _ppo(
    run: StageRun, settings: PPOConfig, prompts: Sequence[Prompt], *, start: str, reference: str, reward: str,
    imitated: Sequence[Demonstration],
) -> None:  # fmt: skip
    policy, scorer = open_policy(run, start, settings.lora), open_reward(run, reward)
    shares = settings.lora is not None
    train_ppo(
        policy,
        policy.twin() if shares and reference == start else open_policy(run, reference),
        initial_value_model(policy, scorer.model, share=shares),
        {reward: (scorer, 1.0), **run.rewards},
        fitting_prompts(run, policy, prompts, settings.max_new_tokens),
        settings,
        folder=run.folder,
        seed=run.seed,
        progress=run.progress,
        ptx_rows=render_rows(policy, imitated),
        true_score=true_score(run),
        keep_checkpoints=run.recipe.checkpoints_on_the_way,
    )
