"""Cases that several tests ask about."""

from solon.judges.reading import ChoiceCase, PairCase, ResponseCase
from solon.records import user

PAIR = PairCase("p", (user("What is 2 + 2?"),), "It is 4.", "It is 5.")
RESPONSE = ResponseCase("r", (user("What is 2 + 2?"),), "It is 4.")
CHOICE = ChoiceCase("c", "Which is a fruit?", ("stone", "apple", "chair"))
