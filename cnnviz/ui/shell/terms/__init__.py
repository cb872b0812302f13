"""The terms of the field, each defined once."""

from collections.abc import Mapping
from types import MappingProxyType

from cnnviz.ui.shell.terms.layers import LAYER_TERMS
from cnnviz.ui.shell.terms.measures import MEASURE_TERMS
from cnnviz.ui.shell.terms.term import Term
from cnnviz.ui.shell.terms.training import TRAINING_TERMS

GLOSSARY: Mapping[str, Term] = MappingProxyType(
    {term.name: term for term in (*LAYER_TERMS, *TRAINING_TERMS, *MEASURE_TERMS)}
)
