"""The section on reproduction: commands, checksum and settings."""

import dataclasses

from cnnviz.report.document.blocks import Code, DataTable, Paragraph
from cnnviz.report.facts.candidates import Candidate
from cnnviz.report.facts.network_facts import network_facts
from cnnviz.report.sections.reproduction import reproduction_section, run_id
from cnnviz.report.sections.training import training_section
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks, store
from cnnviz.training.runs.origin import Parent, Upload
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from tests.on_disk import add_weights, interval_row, make_run
from tests.report.material import card, finished_run, report_context, shipped
from tests.report.reading import facts_of, words


def of_shipped() -> Candidate:
    return Candidate(network_facts(shipped("lenet5")), None)


def test_a_shipped_network_is_trained_again_by_its_recipe() -> None:
    blocks = reproduction_section(report_context(of_shipped())).blocks
    train, check, again = (str(block.text) for block in blocks if isinstance(block, Code))
    assert train == "python -m cnnviz ship lenet5"
    assert check.startswith("sha256sum ")
    assert check.endswith("checkpoints/lenet5.safetensors")
    assert again == "cnnviz report A"


def test_other_settings_than_the_recipe_are_trained_by_a_command_that_names_them() -> None:
    facts = network_facts(shipped("lenet5"))
    changed = dataclasses.replace(facts, settings=dataclasses.replace(facts.settings, seed=99))
    blocks = reproduction_section(report_context(Candidate(changed, None))).blocks
    train = next(str(block.text) for block in blocks if isinstance(block, Code))
    assert train.startswith("python -m cnnviz train --model lenet5")
    assert " --seed 99" in train


def test_the_checksum_the_seed_and_the_versions_are_those_of_the_card() -> None:
    blocks = reproduction_section(report_context(of_shipped())).blocks
    facts, fields = facts_of(blocks[5]), card("lenet5")
    assert facts["SHA-256"] == fields["sha256"]
    assert facts["Seed"] == str(fields["settings"]["seed"])
    assert {name: facts[name] for name in fields["versions"]} == fields["versions"]


def test_the_table_of_settings_has_each_setting_once() -> None:
    [table] = [
        block
        for block in reproduction_section(report_context(of_shipped())).blocks
        if isinstance(block, DataTable)
    ]
    assert table.heads == ("Setting", "Value", "Setting", "Value")
    names = [words(row[column]) for column in (0, 2) for row in table.rows]
    settings = [field.name for field in dataclasses.fields(Settings)]
    assert [name for name in names if name] == settings
    assert names.count("") == len(settings) % 2


def test_an_earlier_step_of_a_run_is_found_by_its_key() -> None:
    network = finished_run(Settings(model="lenet5"))
    facts = network_facts(network)
    earlier = dataclasses.replace(
        facts, network=dataclasses.replace(network, key=f"{network.key}@1234", step=1234)
    )
    context = report_context(Candidate(earlier, None))
    assert run_id(context) == network.key
    texts = [
        words(block.parts)
        for block in reproduction_section(context).blocks
        if isinstance(block, Paragraph)
    ]
    assert (
        "This repeats the whole run, since the schedule depends on its length. Then take the "
        "weights of step 1,234; their key is the id of the new run, an @ and the step."
    ) in texts


def run_texts(run: Run) -> tuple[list[str], list[str]]:
    """The paragraphs on how to train a run again, and the commands."""
    network = networks.find_network(run.id)
    section = reproduction_section(report_context(Candidate(network_facts(network), None)))
    texts = [words(block.parts) for block in section.blocks if isinstance(block, Paragraph)]
    commands = [str(block.text) for block in section.blocks if isinstance(block, Code)]
    return texts, [command.split()[0] for command in commands]


def test_a_run_changed_while_it_trained_has_no_command_that_repeats_it() -> None:
    row = {"kind": "change", "step": 3, "epoch": 0.3, "seconds": 1.0, "augmentation": 1.0}
    run = make_run(weights=1, step=10, total_steps=10, log=[row, interval_row(10)])
    texts, commands = run_texts(run)
    assert texts[0] == (
        "No command trains it again: settings were changed while it trained, as its log records."
    )
    assert commands == ["sha256sum", "cnnviz"]


def test_a_run_that_continues_another_one_has_no_command_that_repeats_it() -> None:
    parent = Parent("20261130-041145-daa7df", "before", 1024, optimizer=True)
    run = store.create_run(Settings(model="lenet5", source="embedded"), versions={}, parent=parent)
    add_weights(run, 1)
    run.write_status(Status("finished", step=10, total_steps=10))
    texts, commands = run_texts(run)
    assert texts[0] == (
        "No command trains it again: the run continued another one, 20261130-041145-daa7df, from "
        "step 1,024."
    )
    assert commands == ["sha256sum", "cnnviz"]


def test_of_uploaded_weights_neither_command_nor_settings_are_invented() -> None:
    upload = Upload("mine.safetensors", "0" * 64)
    run = store.create_run(Settings(model="lenet5", source="full"), versions={}, upload=upload)
    add_weights(run, 1)
    run.write_status(Status("finished", test_accuracy=0.9, tested_on="1,000 test digits (full)"))
    facts = network_facts(networks.find_network(run.id))
    context = report_context(Candidate(facts, None))
    blocks = reproduction_section(context).blocks
    assert words(next(b.parts for b in blocks if isinstance(b, Paragraph))) == (
        "No command trains it again: the weights were uploaded, and their training is not recorded."
    )
    assert not any(isinstance(block, DataTable) for block in blocks)
    assert facts_of(training_section(context).blocks[0]) == {
        "Training": "not recorded, since the weights were uploaded"
    }
    assert not facts.may_have_trained_on_tests(context.digits)
