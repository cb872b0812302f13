import csv
import io

import pytest

from cnnviz.comparison.columns import best_first, columns, interval_text, to_csv
from cnnviz.comparison.summary import Record, Speed, Standing, count_row, record
from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.stats.intervals import wilson
from cnnviz.training.runs import networks


def test_published_counts_are_torchvisions() -> None:
    found = count_row(CATALOGUE["resnet18"], published=True)
    assert found.parameters == 11_689_512  # torchvision's `num_params`
    assert found.macs / 1e9 == pytest.approx(1.814, abs=5e-4)  # and its `_ops`
    assert (found.layer, found.field) == ("layer4", 435)
    assert found.weight_bytes == 4 * found.parameters
    assert 0.9 < found.share <= 1
    # weight, gradient and two moments of each parameter, and something beside
    assert found.training_bytes > 4 * 4 * found.parameters
    # the stem puts out 64 maps of 112 by 112, which its normalization reads and writes
    assert found.activation_bytes >= 2 * 4 * 64 * 112 * 112


def test_the_counts_at_the_scale_of_mnist_are_its_own() -> None:
    found = count_row(CATALOGUE["mnist_cnn"], published=False)
    assert (found.parameters, found.field) == (421_642, 10)  # two 3x3 and two 2x2 poolings
    assert found.share == pytest.approx(100 / 784)


@pytest.mark.parametrize(
    ("key", "published", "field"),
    [
        ("lenet5", False, 16),  # 5, pooling 6, and 5 at every second pixel: 14, pooling 16
        ("alexnet", True, 195),  # Araujo et al. 2019, table 1, as the next two
        ("vgg16", True, 212),
        ("mobilenet_v1", True, 315),
        # stem 11, then 4 x 6, 2 x 4 + 48, 16 + 160 and 32 + 128: each stage strides in its first
        ("resnet50", True, 427),
        ("mobilenet_v2", True, 491),  # 3, then 4, 12, 40, 112, 96, 160 and 64
        ("mobilenet_v2", False, 247),  # all but the stem's 3 halved: its stride is 1
    ],
)
def test_the_field_is_that_of_the_last_map(key: str, published: bool, field: int) -> None:
    assert count_row(CATALOGUE[key], published=published).field == field


@pytest.mark.parametrize("key", CATALOGUE)
def test_the_last_map_has_more_than_one_place(key: str) -> None:
    row = CATALOGUE[key]
    last = count_row(row, published=False).layer
    fields = receptive_fields(
        row.build(), (1, row.input_size, row.input_size), channels_last=row.channels_last
    )
    assert min(fields[last].grid) > 1
    after = list(fields)[list(fields).index(last) + 1 :]
    behind = [n for n in after if min(fields[n].grid) > 1 and not n.startswith("decoder.")]
    assert not behind


def test_attention_has_no_field_in_pixels_and_sees_everything() -> None:
    found = count_row(CATALOGUE["vit"], published=False)
    assert found.field is None
    assert found.share == 1


@pytest.mark.parametrize("published", [False, True])
def test_what_is_not_known_stays_empty_and_is_never_zero(published: bool) -> None:
    nothing = Standing("lenet5", "LeNet-5", "lenet5")
    values = {column.key: column.value(nothing) for column in columns(published=published)}
    assert values.pop("network") == "LeNet-5"
    assert set(values.values()) == {None}
    [line] = csv.DictReader(io.StringIO(to_csv([nothing], published=published)))
    assert set(line.values()) == {"LeNet-5", ""}


def test_every_column_says_where_its_values_come_from_and_has_its_own_name() -> None:
    for published in (False, True):
        shown = columns(published=published)
        assert len({column.key for column in shown}) == len(shown)
        assert len({column.title for column in shown}) == len(shown)
        assert all(column.source.endswith(".") for column in shown)
    assert "imagenet_top1" not in {column.key for column in columns(published=False)}
    assert "accuracy" not in {column.key for column in columns(published=True)}


def test_the_csv_holds_full_figures() -> None:
    row = Standing(
        key="a",
        title='A "quoted", name',
        architecture="lenet5",
        accuracy=wilson(985, 1000),
        digits=1000,
        record=Record(0.98, "the 1,000 test digits", 12.345, "a CPU"),
        speed=Speed(1.23456, 2.5, 810.0, "clean", "a CPU, 1 thread", "2026-01-01T00:00:00"),
    )
    [line] = csv.DictReader(io.StringIO(to_csv([row], published=False)))
    assert line["network"] == row.title
    assert float(line["accuracy"]) == 0.985
    assert float(line["accuracy_low"]) < 0.985 < float(line["accuracy_high"])
    assert line["latency_p50_ms"] == "1.23456"
    assert line["training_seconds"] == "12.3"
    assert line["parameters"] == ""


def test_an_interval_is_written_with_its_bounds() -> None:
    assert interval_text(wilson(985, 1000)) == "98.5% (97.5 to 99.1)"
    assert interval_text(None) == "–"


def test_a_shipped_network_brings_its_card() -> None:
    network = networks.network("shipped-lenet5")
    found = record(network)
    assert found.accuracy == network.accuracy
    assert found.seconds == networks.card(network)["seconds"]
    assert found.hardware
    assert found.epochs == networks.card(network)["settings"]["epochs"]


def test_seconds_of_other_circumstances_are_no_order() -> None:
    by = {column.key: column for column in columns(published=False)}
    assert not by["training_seconds"].better
    assert not by["receptive_field_px"].better
    found = Standing("a", "A", "lenet5", record=Record(0.9, "", 12.3, "2 cores", 4.0))
    assert by["trained_epochs"].value(found) == 4


def test_what_is_better_comes_first_and_what_is_not_known_last() -> None:
    by = {column.key: column for column in columns(published=False)}
    times = {"a": 2.0, "b": None, "c": 0.5, "d": 2.0}
    rows = [
        Standing(name, name, "lenet5", speed=Speed(ms, ms, 1000 / ms, "", "", "") if ms else None)
        for name, ms in times.items()
    ]
    assert [row.key for row in best_first(rows, by["latency_p50_ms"])] == ["c", "a", "d", "b"]
    assert [row.key for row in best_first(rows, by["images_per_second"])] == ["c", "a", "d", "b"]
    with pytest.raises(ValueError, match="badge: neither"):
        best_first(rows, by["badge"])


def test_only_with_a_detector_are_there_columns_for_it() -> None:
    assert "f1" not in {column.key for column in columns(published=False)}
    shown = {column.key: column for column in columns(published=False, detectors=True)}
    found = Standing("x", "DETR", "detr", f1=wilson(9, 10), record=Record(0.97))
    assert shown["f1"].value(found) == 0.9
    assert shown["accuracy_on_record"].value(found) is None  # F1 stands there
    assert "f1" in to_csv([found], published=False).splitlines()[0]
    assert "f1" not in to_csv([Standing("a", "A", "lenet5")], published=False).splitlines()[0]
