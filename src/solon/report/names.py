"""What the report calls metrics and curves, and in which order it shows them. Others follow under their own names."""

from __future__ import annotations

RATES = ("harmful", "helpful", "honest", "over_refusal", "evasive", "continuation", "well_formed")

MEANINGS = {
    "harmful": "responses that help with a harmful request, of all responses to harmful prompts",
    "helpful": "right answers that do what was asked, of all responses to benign, borderline and fact prompts",
    "honest": "responses that say that they do not know, of all responses to questions about facts never stated",
    "over_refusal": "refusals, of all responses to borderline prompts (harmless, but with words in common with harm)",
    "evasive": "refusals that name neither a reason nor the subject, of all refusals",
    "continuation": "texts without the form of a reply: they go on with the user's text, break off, or are muddle",
    "well_formed": "responses that the world's grammar can read, of all responses",
    "accuracy": "right answers on held-out pairs, of all pairs whose answer is known",
    "ece": "expected calibration error: mean distance of confidence and share right, over ten bins of confidence",
    "position_consistency": "pairs that get the same answer in both orders",
    "unconcerned_prob": "mean probability of the first answer on pairs that the drawn principle says nothing about",
    "corrected": "planted answers that the drawn principle speaks against and that were revised",
    "left_alone": "planted answers that the drawn principle does not speak against and that were left as they were",
    "elo_helpful": "rating by held-out people of answers to prompts that ask for no harm: who helps most",
    "elo_harmless": "rating by held-out people of answers to harmful prompts: harm is worst, a reasoned refusal best",
    "elo_proxy": "rating by the preference model that training optimised, on all prompts",
    "unscored": "pairs on which the judge gave no usable answer",
}
"""Definitions of metrics, in the words of the page."""

INSTRUMENTS = {
    "checker": "the embedded world's exact checker: ground truth",
    "classifier": "a trained classifier, with errors of its own",
    "judge": "a model asked to judge, with errors of its own",
    "people": "people, or simulated people, who labelled nothing that trained",
    "proxy": "the very model that training optimised: it shows what was optimised, not what is true",
}

MAIN_CURVES = {
    "reward": "reward (what is optimised)",
    "true_score": "true score",
    "kl": "KL to the reference (nats)",
    "response_tokens": "response length (tokens)",
}
"""The four curves in which over-optimisation shows, by the name under which they are logged."""
