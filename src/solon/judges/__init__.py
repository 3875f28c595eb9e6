"""Judge models in, verdicts with a status out; and whether a judge may be believed."""
