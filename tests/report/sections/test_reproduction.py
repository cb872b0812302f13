"""The section on reproduction: commands, checksum and settings."""

import dataclasses

from cnnviz.report.document.blocks import Code, DataTable, Paragraph
from cnnviz.report.facts.candidates import Candidate
from cnnviz.report.facts.network_facts import network_facts
from cnnviz.report.sections.reproduction import reproduction_section, run_id
from cnnviz.training.engine.settings import Settings
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
