import re
from pathlib import Path

from cnnviz.ui.shell.terms import GLOSSARY

TERMS = Path("cnnviz/ui/components/frontend/terms.js")


def test_captions_of_components_explain_terms_as_the_glossary_does() -> None:
    rows = re.findall(
        r'name: "([^"]+)",\s+written: [^\n]+\s+meaning:\s+"([^"]+)"',
        TERMS.read_text(encoding="utf-8"),
    )
    assert len(rows) == 8
    assert all(GLOSSARY[name].meaning == meaning for name, meaning in rows)
