"""The forms that published sets have, in the order in which they are recognised: the particular ones first."""

from solon.data.formats.alpaca import ALPACA
from solon.data.formats.chosen import CHOSEN
from solon.data.formats.conversation import CONVERSATION
from solon.data.formats.critiques import CRITIQUES
from solon.data.formats.evaluation import EVALUATION
from solon.data.formats.format import Format, Read
from solon.data.formats.instructions import INSTRUCTIONS
from solon.data.formats.labelled import LABELLED
from solon.data.formats.oasst import OASST
from solon.data.formats.own import OWN, RESPONSES
from solon.data.formats.pairs import PAIRS
from solon.data.formats.plain_text import TEXT
from solon.data.formats.several import SEVERAL
from solon.data.formats.supplement import SUPPLEMENT

FORMATS: tuple[Format, ...] = (
    *OWN, *OASST, *SUPPLEMENT, *CHOSEN, *PAIRS, *CRITIQUES, *SEVERAL, *LABELLED, *ALPACA, *INSTRUCTIONS, *CONVERSATION,
    *RESPONSES, *EVALUATION, *TEXT,
)  # fmt: skip

__all__ = ["FORMATS", "Format", "Read"]
