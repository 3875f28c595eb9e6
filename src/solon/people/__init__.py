"""People at a terminal: questions shown one by one, answers typed, paid and kept; terminals are callables."""
