"""One entry of the glossary."""

import re
from dataclasses import dataclass

from cnnviz.models.catalog.row import Paper


@dataclass(frozen=True)
class Term:
    """One entry of the glossary.

    Attributes:
        name: of the term, as in the middle of a sentence.
        meaning: for a reader who does not know it, one or two sentences.
        exact: the definition in full, in Markdown; may mark other terms.
        source: where it was published, if it is somebody's invention.
    """

    name: str
    meaning: str
    exact: str
    source: Paper | None = None

    @property
    def title(self) -> str:
        """The name with a capital letter."""
        return self.name[0].upper() + self.name[1:]

    @property
    def key(self) -> str:
        """The name in an address."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
