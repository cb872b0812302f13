import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from cnnviz.ui.shell.glossary import marked_terms, with_common_terms, with_links
from cnnviz.ui.shell.terms import GLOSSARY

ROOT = Path(__file__).parents[3]
EXPECTED = """
    logit, stride, receptive field, attribution, feature map, channel, padding, epoch, softmax,
    Grad-CAM, MACs, percentile, dropout, augmentation, ECDF, perplexity, squeeze-and-excitation,
    fan-in
"""
INVENTED = """
    attention, batch normalization, class token, effective receptive field, Grad-CAM, object query,
    PCA, residual connection, saliency, t-SNE, trustworthiness, dropout, perplexity,
    squeeze-and-excitation
"""


def texts() -> dict[str, list[str]]:
    """Return the texts of the pages and their modules that mark a term, by file."""
    marked: dict[str, list[str]] = {}
    for path in [*(ROOT / "pages").glob("*.py"), *(ROOT / "cnnviz" / "ui").rglob("*.py")]:
        if path.parent.name == "terms":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and marked_terms(text):
                marked.setdefault(str(path.relative_to(ROOT)), []).append(text)
    return marked


def test_every_marked_term_has_a_definition() -> None:
    marked = {term for some in texts().values() for text in some for term in marked_terms(text)}
    assert len(marked) > 20


def test_every_definition_is_used() -> None:
    used = Counter(
        term for some in texts().values() for text in some for term in marked_terms(text)
    )
    used.update(term for row in GLOSSARY.values() for term in marked_terms(row.exact))
    assert set(GLOSSARY) - set(used) == set()


def test_the_terms_that_a_first_year_student_asks_for_are_there() -> None:
    assert {term.strip() for term in EXPECTED.split(",")} <= set(GLOSSARY)


def test_a_term_is_marked_only_as_the_texts_are_linked() -> None:
    for path, some in texts().items():
        source = (ROOT / path).read_text(encoding="utf-8")
        linked = re.search(
            r"how_to_read|with_links|View\(|Idea\(|Entry\(|^HELP = ", source, re.MULTILINE
        )
        assert linked, f"{path}: {some[0]}"


def help_texts() -> list[tuple[str, str]]:
    """Return each text on how to read a page or a view, with its file."""
    found = []
    for path in [*(ROOT / "pages").glob("*.py"), *(ROOT / "cnnviz" / "ui").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                values = {
                    "how_to_read": node.args[:1],
                    "View": [word.value for word in node.keywords if word.arg == "help"],
                }.get(node.func.id, [])
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "HELP":
                values = [node.value]
            else:
                continue
            found += [(path.name, literal(value)) for value in values if literal(value)]
    return found


def literal(node: ast.expr) -> str:
    """Return the text of a string, without what an f-string puts in."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))


def unmarked(text: str) -> str:
    """Return a text without its marked terms."""
    return re.sub(r"\[\[.*?\]\]", "", text, flags=re.DOTALL)


def test_a_text_on_how_to_read_links_each_term_that_it_uses() -> None:
    texts = help_texts()
    assert len(texts) >= 25  # of all pages and their views
    missing = {
        (file, name)
        for file, text in texts
        for name in set(GLOSSARY) - set(marked_terms(text))
        if re.search(rf"(?i)(?<![\w-]){re.escape(name)}(s|es)?(?![\w-])", unmarked(text))
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a [[stride]] of 2", "a [stride](glossary?term=stride "),
        ("[[feature maps|feature map]]", "[feature maps](glossary?term=feature-map "),
        ("[[Grad-CAM]]", "[Grad-CAM](glossary?term=grad-cam "),
    ],
)
def test_a_marked_term_becomes_a_link_with_its_meaning(text: str, shown: str) -> None:
    assert with_links(text).startswith(shown)


def test_the_meaning_is_shown_when_a_link_is_pointed_at() -> None:
    meaning = GLOSSARY["stride"].meaning
    assert with_links("[[stride]]") == f'[stride](glossary?term=stride "{meaning}")'


def test_a_term_without_a_definition_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^term must be in the glossary, got 'strode'$"):
        with_links("[[strode]]")


def test_meanings_and_keys_can_stand_in_a_link() -> None:
    assert not [term.name for term in GLOSSARY.values() if '"' in term.meaning]
    assert len({term.key for term in GLOSSARY.values()}) == len(GLOSSARY)
    assert not [term.key for term in GLOSSARY.values() if not re.fullmatch(r"[a-z0-9-]+", term.key)]


def test_what_somebody_invented_has_a_source() -> None:
    sources = {name: term.source for name, term in GLOSSARY.items() if term.source is not None}
    assert {name.strip() for name in INVENTED.split(",")} <= set(sources)
    for paper in sources.values():
        assert re.match(r".+ (19|20)\d\d, .+", paper.title)
        assert paper.url.startswith("https://")


def test_the_first_mention_of_a_common_term_is_linked_and_the_others_stay() -> None:
    linked = with_common_terms("The kernel, a kernel, bitmaps and kernel-wise strides.")
    assert linked.startswith("The [kernel](glossary?term=kernel ")
    assert linked.count("](glossary?term=kernel ") == 1
    assert "a kernel, bitmaps and kernel-wise [strides](glossary?term=stride " in linked


def test_marks_links_and_code_are_left_as_they_are() -> None:
    text = "[maps](http://maps.org/kernel) and `relu.kernel`, [[MACs]] of MACs"
    linked = with_common_terms(text)
    assert linked.startswith("[maps](http://maps.org/kernel) and `relu.kernel`, [MACs](glossary")
    assert linked.endswith(" of MACs")
