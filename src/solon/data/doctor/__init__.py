"""The data doctor: what is wrong with rows before anything trains on them. It works on records and texts alone."""
