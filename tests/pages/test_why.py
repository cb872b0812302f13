import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.attribution.faithfulness import Curves, Randomization, RandomOrders
from cnnviz.inspection.attribution.methods import METHODS, Explanation, explain
from cnnviz.inspection.attribution.question import Target
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks
from cnnviz.training.runs.store import Run
from cnnviz.ui.attribution.assessment import (
    Assessment,
    assess,
    low_probability_warning,
    randomization_sentence,
)
from cnnviz.ui.attribution.verdict import verdict_sentence
from cnnviz.ui.components.component import unpack
from cnnviz.ui.shell.places import place
from tests.on_disk import make_run
from tests.pages.reading import App, settled

NETWORK = "shipped-sprint_cnn"


def sent(page: AppTest) -> tuple[dict[str, object], NDArray[np.float32]]:
    """The component's header, and the digit and the maps, (1 + methods, 28, 28)."""
    header, arrays = unpack(page.get("bidi_component")[0].proto.bytes)
    return header, np.stack([arrays["ink"], *(arrays[key] for key in METHODS)])


def trained(key: str) -> Run:
    return make_run(Settings(model=key), weights=1)


def test_the_maps_are_the_cores_own_for_the_answer(app: App) -> None:
    page = app("why", network=NETWORK, digit="5")
    header, numbers = sent(page)
    network = networks.find_network(NETWORK)
    digits = load_digits("embedded")
    label = int(digits.test_labels[5])
    image = digits.test_images[5]
    expected = explain(networks.load_network(network), image, Target(label), layer="relu3")
    assert [found["key"] for found in header["maps"]] == list(METHODS)
    assert f"logit of {label} = {expected.score:.2f}" in header["score"]
    assert numbers[0] * 255 == pytest.approx(image[0])
    for values, key in zip(numbers[1:], METHODS, strict=True):
        assert values == pytest.approx(expected.maps[key], abs=1e-5)


def test_every_map_gets_its_verdict_when_it_has_been_checked(app: App) -> None:
    page = app("why", network=NETWORK)
    header, _ = sent(page)
    assert all(len(found["sentences"]) >= 2 for found in header["maps"])
    header, _ = sent(settled(page))
    for found in header["maps"]:
        assert found["verdict"]
        assert found["level"] in (0, 1, 2)
        assert [sentence.split()[0] for sentence in found["sentences"]] == [
            "Deletion",
            "Insertion",
            "With",
        ]
    assert len(page.get("plotly_chart")) == 3


def test_a_contrast_is_chosen_and_explained(app: App) -> None:
    page = app("why", network=NETWORK)
    page.selectbox(key="why_against").set_value("second").run()
    header, numbers = sent(page)
    assert "logit of 0 − logit of " in header["score"]
    page.selectbox(key="why_for").set_value("6").run()
    page.selectbox(key="why_against").set_value("0").run()
    header, numbers = sent(page)
    assert "logit of 6 − logit of 0 = -" in header["score"]
    page.selectbox(key="why_for").set_value("0").run()
    header, other = sent(page)
    assert "logit of 0 = " in header["score"]  # 0 and not 0 says nothing
    assert not np.allclose(numbers[3], other[3])


def test_what_has_little_to_lose_says_so(app: App) -> None:
    page = app("why", network=NETWORK)
    page.selectbox(key="why_for").set_value("1").run()
    assert "a probability of only 0.0%" in settled(page).info[0].value


def test_a_class_token_network_of_the_user_is_offered_the_block_before_the_last(app: App) -> None:
    page = app("why", network=trained("vit").id)
    (choice,) = [box for box in page.selectbox if box.label == "Layer for Grad-CAM"]
    assert choice.value == "blocks.4"
    assert not any(option.startswith("blocks.5 ") for option in choice.options)
    choice.set_value("blocks.1").run()
    header, _ = sent(page)
    note = header["maps"][-1]["note"]
    assert note == "Layer blocks.1, 7 × 7 positions. Suggested: blocks.4."


def test_a_map_that_is_zero_everywhere_says_so(app: App) -> None:
    page = app("why", network=trained("mixer").id)  # its head starts as zeros
    header, _ = sent(page)
    assert "Zero everywhere" in header["maps"][0]["note"]
    header, _ = sent(settled(page))
    assert {found["level"] for found in header["maps"]} == {0}


def test_without_networks_there_is_a_sentence_and_a_way_out(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(networks, "networks", lambda *_: [])
    page = app("why", network=NETWORK)
    assert page.info[0].value == "There is no trained network yet."
    assert page.get("page_link")[0].proto.page == "train"


def test_a_damaged_file_is_a_sentence(app: App, damaged_network: None) -> None:
    del damaged_network
    page = app("why", network="shipped-mnist_cnn")
    assert "Choose another network" in page.error[0].value


# What to believe


def measured(deletion: float, insertion: float) -> Curves:
    shares = np.linspace(0, 1, 3, dtype=np.float32)
    lines = (np.full(3, value, np.float32) for value in (deletion, insertion))
    return Curves(shares, *lines)


CHANCE = RandomOrders((measured(0.5, 0.4), measured(0.7, 0.6)))  # 0.6 and 0.5, ± 0.14


def scrambled(left: float | None) -> Randomization:
    return Randomization(12, (1, 12), (0.9, left))


@pytest.mark.parametrize(
    ("deletion", "insertion", "left", "verdict"),
    [
        (0.1, 0.9, 0.1, "Reliable"),
        (0.1, 0.9, -0.4, "Reliable"),  # turned round is not kept
        (0.1, 0.9, 0.3, "Use with caution"),
        (0.1, 0.5, 0.0, "Use with caution"),
        (0.1, 0.9, 0.6, "Unreliable"),
        (0.5, 0.5, 0.0, "Unreliable"),
        (0.1, 0.9, None, "Reliable"),
    ],
)
def test_a_verdict_follows_from_the_three_numbers(
    deletion: float, insertion: float, left: float | None, verdict: str
) -> None:
    assert assess(measured(deletion, insertion), CHANCE, scrambled(left)).verdict == verdict


def test_sentences_carry_the_numbers() -> None:
    found = assess(measured(0.1, 0.1), CHANCE, scrambled(0.34))
    assert found.sentences[0] == (
        "Deletion 0.10, random order 0.60 ± 0.14: the probability falls faster than by chance."
    )
    assert found.sentences[1] == (
        "Insertion 0.10, random order 0.50 ± 0.14: "
        "the probability rises more slowly than by chance."
    )
    between = assess(measured(0.5, 0.1), CHANCE, scrambled(0.34))
    assert between.sentences[0] == (
        "Deletion 0.50, random order 0.60 ± 0.14: the probability falls about as by chance, "
        "within two deviations of the random orders."
    )
    assert found.sentences[2].startswith("With all 12 layers randomized, rank correlation 0.34:")
    assert randomization_sentence(scrambled(None)).endswith(
        "randomized, the map becomes constant: it depends entirely on the learned weights."
    )


def test_there_is_no_verdict_before_all_is_measured() -> None:
    assert assess(None, None, scrambled(0.0)).level is None
    assert assess(measured(0.1, 0.9), CHANCE, None).verdict == ""


def test_only_improbable_classes_have_little_to_lose() -> None:
    assert low_probability_warning(measured(0.9, 0.9)) == ""
    assert "a probability of only 10.0%" in low_probability_warning(measured(0.1, 0.9))


def of_level(level: int | None, passed: int = 0) -> Assessment:
    return Assessment("", level, (), passed)


PLACED = {"A": "upper right", "B": "middle", "C": "upper right", "D": "lower left"}


def test_the_page_says_which_maps_to_believe_and_where_they_see_evidence() -> None:
    assert verdict_sentence({"A": of_level(2), "B": of_level(None)}, PLACED, Target(4)) == ""
    two = {"A": of_level(2), "B": of_level(1), "C": of_level(2)}
    assert verdict_sentence(two, PLACED, Target(4, 9)) == (
        "2 of the 3 maps are reliable, **A and C**: as the ink that they mark most is removed, the "
        "probability of 4 falls faster than by chance. Both put the strongest evidence for 4 "
        "rather than 9 in the upper right."
    )
    three = two | {"D": of_level(2)}
    assert verdict_sentence(three, PLACED, Target(4)).endswith(
        "2 of them put the strongest evidence for 4 in the upper right, 1 in the lower left."
    )
    one = {"A": of_level(0), "B": of_level(2)}
    assert verdict_sentence(one, PLACED, Target(7)) == (
        "1 of the 2 maps is reliable, **B**: as the ink that it marks most is removed, the "
        "probability of 7 falls faster than by chance. It puts the strongest evidence for 7 in "
        "the middle."
    )


def test_the_strongest_evidence_is_the_largest_value_not_the_largest_magnitude() -> None:
    values = np.full((9, 9), -5, np.float32)
    values[2, 7] = 1
    found = Explanation(0, 0, {"saliency": values}).strongest("saliency")
    assert found == (2 / 9, 7 / 9)
    assert place(*found) == "upper right"
    assert place(0.5, 0.4) == "middle"
    assert place(0.99, 0.5) == "lower middle"


def test_the_page_says_that_no_map_is_reliable_and_which_comes_closest() -> None:
    none = {"A": of_level(0, 1), "B": of_level(1, 2), "C": of_level(0, 2)}
    assert verdict_sentence(none, PLACED, Target(0)) == (
        "**None** of the 3 maps is reliable here: the best pass 2 of 3 tests. The "
        "prediction may be right all the same, and another digit may have reliable maps."
    )
    one = {"A": of_level(0, 1), "B": of_level(1, 2)}
    assert "here: the best, B, passes 2 of 3 tests." in verdict_sentence(one, PLACED, Target(0))
    assert verdict_sentence({"A": of_level(0)}, PLACED, Target(0)).startswith(
        "**None** of the 1 maps is reliable here: each fails all 3 tests."
    )


@pytest.mark.parametrize(
    ("deletion", "insertion", "left", "results"),
    [
        (0.1, 0.9, 0.1, "Passes all 3 tests."),
        (
            0.1,
            0.5,
            0.0,
            "Passes 2 of 3 tests: adding the marked pixels does not raise the answer faster than "
            "adding random ones.",
        ),
        (
            0.5,
            0.5,
            0.6,
            "Passes 0 of 3 tests: removing the marked pixels does not lower the answer faster than "
            "removing random ones, adding the marked pixels does not raise the answer faster than "
            "adding random ones and with randomized weights much of the map remains.",
        ),
    ],
)
def test_beside_each_map_stands_which_tests_it_fails(
    deletion: float, insertion: float, left: float, results: str
) -> None:
    assert assess(measured(deletion, insertion), CHANCE, scrambled(left)).results == results
    assert assess(None, None, scrambled(left)).results == "Being tested…"


def verdict_of(page: AppTest) -> str:
    return next(text.value for text in page.markdown if " reliable" in text.value)


def test_the_digit_shown_first_leads_to_one_with_maps_to_believe(app: App) -> None:
    page = settled(app("why"))  # the network and the digit that the page begins with
    assert verdict_of(page).startswith("**None** of the 5 maps is reliable here: ")
    page.button(key="why_example").click().run()
    assert page.number_input(key="digit").value == 29
    assert verdict_of(settled(page)).startswith("4 of the 5 maps are reliable, **")


def test_a_link_that_hides_the_image_offers_no_other_one(app: App) -> None:
    page = settled(app("why", digit="0", hide="image"))
    assert any(
        text.value.startswith("**None** of the 5 maps is reliable") for text in page.markdown
    )
    assert "why_example" not in [button.key for button in page.button]
