"""Judges that are asked about single rules: propositions with weights, violations, and sampled principles."""
