"""The terms of the field, each defined once."""

from collections.abc import Mapping
from types import MappingProxyType

from cnnviz.ui.shell.terms.layers import LAYERS
from cnnviz.ui.shell.terms.measures import MEASURES
from cnnviz.ui.shell.terms.term import Term
from cnnviz.ui.shell.terms.training import TRAINING

GLOSSARY: Mapping[str, Term] = MappingProxyType(
    {term.name: term for term in (*LAYERS, *TRAINING, *MEASURES)}
)
