"""Where networks differ on the same digits, against the core's own counts."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.data.mnist import load_digits
from cnnviz.evaluation.agreement import compare_all_pairs
from cnnviz.evaluation.calibration import calibration, error_by_chance
from cnnviz.evaluation.perturbations import PERTURBATIONS
from cnnviz.evaluation.predictions import confusion_counts, predict
from cnnviz.evaluation.temperature_scaling import cross_fitted, log_loss
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks
from cnnviz.ui.shell.markdown import plain
from tests.pages.compare.compare_page import FOUR, TWO, Opened, sent
from tests.report.material import EVIL, finished_run

PARTS = ("Confusion matrices", "Pairwise comparison", "Accuracy by class", "Calibration")


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_where_they_differ(opened: Opened, part: str) -> None:
    page = opened(*TWO, way="Errors and disagreements", compare_part=part)
    assert page.get("bidi_component") or page.get("plotly_chart")


def test_of_three_every_two_are_compared_and_bold_ones_counted(opened: Opened) -> None:
    page = opened(*FOUR[:3], way="Errors and disagreements", compare_part="Pairwise comparison")
    digits = load_digits()
    found = [
        predict(networks.load_network(networks.find_network(key)), digits.test_images)
        for key in FOUR[:3]
    ]
    compared = compare_all_pairs(found, digits.test_labels)
    bold = sum(one.p_value < 0.05 for one in compared.values())
    assert any(
        f"Significant differences are in bold: {bold} of 3." in caption.value
        for caption in page.caption
    )
    [heat] = json.loads(page.get("plotly_chart")[0].proto.spec)["data"]
    assert sum("<b>" in cell for line in heat["text"] for cell in line) == 2 * bold


def test_all_digits_of_a_set_can_be_reached_the_surest_mistake_first(opened: Opened) -> None:
    page = opened(*TWO, way="Errors and disagreements")
    digits, network = load_digits(), networks.find_network(TWO[0])
    found = predict(networks.load_network(network), digits.test_images)
    inside = np.flatnonzero((digits.test_labels == 3) & (found.digits == 3))
    order = inside[  # right ones: the least sure
        np.argsort(found.confidence[inside], kind="stable")
    ]
    page.query_params["compare_cell"] = [TWO[0], "3", "3"]
    page.run()
    assert named_digits(page) == order[:24].tolist()
    [pages] = page.get("pagination")
    assert pages.proto.num_pages == -(-len(inside) // 24)


def test_an_invalid_cell_in_a_link_is_told_in_the_same_run_and_dropped(opened: Opened) -> None:
    page = opened(*TWO, way="Errors and disagreements")  # predicted: the next run is the last
    page.query_params["compare_cell"] = "x"
    page.run()
    assert [info.value for info in page.info] == [
        "Ignored in the link: cell must be 3 values: key of a network (1 to 200 characters), true "
        "digit (0 to 9), predicted digit (0 to 9), got “x”."
    ]
    assert "compare_cell" not in page.query_params


def named_digits(page: AppTest) -> list[int]:
    """Return the test digits whose pictures were sent."""
    [group] = next(view["groups"] for view in sent(page.get("bidi_component")) if "groups" in view)
    return [int(tile["name"].split()[4].rstrip(",")) for tile in group["tiles"]]


def test_what_a_temperature_does_stands_beside_what_chance_would_show(opened: Opened) -> None:
    keys = ("shipped-mixer", TWO[0], "shipped-mnist_cnn")
    page = opened(*keys, way="Errors and disagreements", compare_part="Calibration")
    table = page.dataframe[0].value
    digits = load_digits()
    for place, key in enumerate(keys):
        found = predict(networks.load_network(networks.find_network(key)), digits.test_images)
        right = found.correct(digits.test_labels)
        error = calibration(found.confidence, right).error
        assert table["Calibration error"][place] == pytest.approx(100 * error)
        most = error_by_chance(found.confidence)
        assert table["Error by chance, up to"][place] == pytest.approx(100 * most)
        loss = -np.log(found.probabilities[np.arange(len(right)), digits.test_labels]).mean()
        assert table["Log loss"][place] == pytest.approx(loss, rel=1e-3)
        milder = cross_fitted(found.probabilities, digits.test_labels)
        few = min((~right)[::2].sum(), (~right)[1::2].sum()) < 8
        assert (milder is None) == few
        if milder is None:
            assert "not fitted" in table["Temperature"][place]
            assert table["Log loss after scaling"].isna()[place]
        else:
            after = log_loss(milder.probabilities, digits.test_labels)
            assert table["Log loss after scaling"][place] == pytest.approx(after)
    assert "2 + 0 errors" in table["Temperature"][2]
    page.toggle(key="compare_tempered").set_value(True).run()
    assert any("MnistCNN" in note.value for note in page.info)


def test_who_learned_from_spoiled_digits_is_marked_beside_who_did_not(opened: Opened) -> None:
    page = opened("shipped-lenet5", "shipped-levit", way="Robustness")
    said = plain("LeNet-5") + " was trained on **shifted and rotated digits**"
    assert any(said in note.value for note in page.markdown)
    chart = json.loads(page.get("plotly_chart")[0].proto.spec)["data"]
    assert {line["name"] for line in chart if "name" in line} == {"LeNet-5 (augmented)", "LeViT"}
    assert networks.find_network("shipped-levit").augmentation == 0


def test_samples_show_what_the_networks_read_at_each_strength(opened: Opened) -> None:
    page = opened(*TWO, way="Robustness", compare_spoil="noise")
    [rows] = [view["groups"] for view in sent(page.get("bidi_component")) if "groups" in view]
    strengths = PERTURBATIONS["noise"].strengths
    for row in rows:
        assert [tile["label"].split("\n")[0] for tile in row["tiles"]] == [
            f"{s:g}" for s in strengths
        ]
        true = row["title"].split()[-1]
        assert row["tiles"][0]["label"].split("\n")[1] == f"{true} {true}"  # both read it unspoiled


def test_the_confusions_are_the_cores_and_a_chosen_cell_shows_its_digits(opened: Opened) -> None:
    page = opened(*TWO, way="Errors and disagreements")
    digits, network = load_digits(), networks.find_network(TWO[0])
    found = predict(networks.load_network(network), digits.test_images)
    counts = confusion_counts(found, digits.test_labels)
    true, answer = (int(i) for i in np.argwhere(counts - np.diag(np.diag(counts)))[0])
    page.query_params["compare_cell"] = [TWO[0], str(true), str(answer)]
    page.run()
    assert not page.exception
    views = page.get("bidi_component")
    assert counts.tolist() in [view.get("counts", [None])[0] for view in sent(views)]
    [group] = next(view["groups"] for view in sent(views) if "groups" in view)
    assert f"True {true}, classified as {answer} by LeNet-5" in group["title"]
    assert len(group["tiles"]) == counts[true, answer]
    assert all(tile["label"].split()[0] == str(answer) for tile in group["tiles"])


def test_the_name_of_a_run_is_no_markup_where_digits_are_chosen(opened: Opened) -> None:
    run = finished_run(Settings(model="lenet5"), label=EVIL)
    page = opened(run.key, TWO[0], way="Where they differ", compare_part="Two of them")
    (choice,) = (group for group in page.get("button_group") if group.label == "Digits")
    assert plain(f"Only {run.title} correct") in choice.options[0]
