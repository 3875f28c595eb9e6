"""People and judges who label the same pairs: what each is worth, and which pairs a person should label."""
