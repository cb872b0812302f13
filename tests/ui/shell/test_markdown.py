"""Text of others as Markdown shows it: letter by letter."""

import string

from cnnviz.ui.shell.markdown import as_sentence, names_text, plain


def test_plain_leaves_no_punctuation_to_markdown_and_keeps_all_else() -> None:
    assert plain("a·1 é") == "a·1 é"
    assert plain("*a*\n_b_") == r"\*a\* \_b\_"
    marks = string.punctuation.replace("@", "")
    assert plain(marks) == "".join(f"\\{mark}" for mark in marks)
    for address in ("http://e.vil", "www.e.vil", "me@e.vil"):
        assert plain(address).replace("\\", "").replace("\u2060", "") == address
        assert "\u2060" in plain(address)
    assert as_sentence("leNet-5 is off") == r"LeNet\-5 is off"


def test_names_with_commas_stay_apart() -> None:
    assert names_text(["A, b", "C_d"]) == r"A\, b; C\_d"
    assert names_text([]) == ""
