import streamlit as st

from cnnviz.ui.pickers.networks import choose_network, stop_without_network
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.report.view import choose_alternatives, measure_latency, report_view
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.shell.parameters import DETECTOR, NETWORK, REPORT_CRITERION, REPORT_TASK
from cnnviz.ui.teaching.predict_first import predict_first
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments

require_router()

TASK_TITLES = {"classify": "One digit", "detect": "Several digits"}
CRITERION_TITLES = {"accuracy": "Accuracy", "latency": "Latency", "size": "Size"}

page_title("report")
pick, kind, aim = st.columns([3, 2, 2])
with kind:
    task = choose_key(
        "Input",
        TASK_TITLES,
        REPORT_TASK,
        help="Networks that classify one digit, or that find several in an image.",
    )
with aim:
    criterion = choose_key(
        "Main criterion",
        CRITERION_TITLES,
        REPORT_CRITERION,
        help="The conclusion of the report follows from it: another criterion may lead to another "
        "network.",
    )
with pick:
    network = choose_network("Network", NETWORK if task == "classify" else DETECTOR, task=task)
if network is None:
    stop_without_network("There is no trained network of this kind yet.")
actions = st.container(horizontal=True, vertical_alignment="bottom")
with actions:
    others = choose_alternatives(network)
    warmup.wait_for_pytorch()
    measure_latency(network, others)
report_view(network, others, criterion, actions)
predict_first("report", network if task == "classify" else None)
suggested_experiments("report")
how_to_read(
    "- The **numbers in brackets** refer to the sources at the end of the report; hover over a "
    "number to see its full value and its source.\n"
    "- **Recorded** values were stored when the network was trained; **recomputed here** means on "
    "the test digits of this machine, which may be other ones.\n"
    "- **95% [[confidence interval]]**: the range that contains the [[accuracy]] on all such "
    "digits with 95% confidence, given the number of test digits.\n"
    "- **Why this network** compares the network with its strongest alternative on the same "
    "digits: [[McNemar's test]] uses only the digits that exactly one of the two misclassifies.\n"
    "- **[[Latency|latency]]** is that of the architecture on the machine named; latencies of "
    "different measurements are never mixed.\n"
    "- The same report from the command line: `python -m cnnviz report KEY --criterion accuracy "
    "--format html -o report.html`."
)
