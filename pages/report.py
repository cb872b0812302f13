import streamlit as st

from cnnviz.ui.pickers.networks import choose_network, stop_without_network
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.report.view import choose_alternatives, measure_latency, report_view
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameters import DETECTOR, NETWORK, REPORT_CRITERION, REPORT_TASK
from cnnviz.ui.teaching.predict_first import predict_first

require_router()

TASK_TITLES = {"classify": "One digit", "detect": "Several digits"}
CRITERION_TITLES = {"accuracy": "Accuracy", "latency": "Latency", "size": "Size"}

st.title("Report")
st.markdown(
    "Answers the questions a manager asks about a model: alternatives, pros and cons, a "
    "recommendation, size, training, latency, metrics, published results, data, known errors, and "
    "how to reproduce it. **Every number has its source; values that were not measured are marked "
    "as missing.**"
)
left, right = st.columns(2)
with left:
    task = choose_key("Input", TASK_TITLES, REPORT_TASK)
with right:
    criterion = choose_key(
        "Main criterion",
        CRITERION_TITLES,
        REPORT_CRITERION,
        help="“Why this network” follows from the figures, and says so if another network is "
        "better.",
    )
parameter = NETWORK if task == "classify" else DETECTOR
network = choose_network("Network", parameter, task=task)
if network is None:
    stop_without_network("There is no trained network of this kind yet.")
others = choose_alternatives(network)
warmup.wait_for_pytorch()
measure_latency(network, others)
report_view(network, others, criterion)
predict_first("report", network if task == "classify" else None)
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
