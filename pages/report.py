import streamlit as st

from cnnviz.ui.pickers.networks import choose_network
from cnnviz.ui.pickers.view_switch import choose_key
from cnnviz.ui.report.view import choose_alternatives, measure_latency, report_view
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameters import DETECTOR, NETWORK, REPORT_CRITERION, REPORT_TASK

require_router()

TASKS = {"classify": "One digit", "detect": "Several digits"}
CRITERIA = {"accuracy": "Accuracy", "latency": "Latency", "size": "Size"}

st.title("Report")
st.markdown(
    "What whoever decides about a network asks, answered: alternatives, pros and cons, why this "
    "one, size, training, latency, metrics, published results, data, failures, and how to make it "
    "again. **Every number names its source; what nobody has measured is said to be missing.**"
)
left, right = st.columns(2)
with left:
    task = choose_key("It reads", TASKS, REPORT_TASK)
with right:
    criterion = choose_key(
        "What counts most",
        CRITERIA,
        REPORT_CRITERION,
        help="“Why this one” follows from the numbers: it says so when another network is better.",
    )
parameter = NETWORK if task == "classify" else DETECTOR
network = choose_network("Network", parameter, task=task)
if network is None:
    st.info("There is no trained network of this kind yet.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train one", icon=":material/model_training:")
    st.stop()
others = choose_alternatives(network)
warmup.wait()
measure_latency(network, others)
report_view(network, others, criterion)
with st.expander("How to read this", icon=":material/help:"):
    st.markdown(
        "- The **numbers in brackets** refer to the sources at the end of the report; rest the "
        "pointer on a number to see its full value and its source.\n"
        "- **On record** is what was noted when the network was trained; **counted again here** is "
        "what it answers to the test digits of this machine, which may be others.\n"
        "- **95% interval**: where the accuracy on all digits of this kind lies, as far as so many "
        "test digits can tell.\n"
        "- **Why this one** asks the network and its strongest rival about the same digits: "
        "McNemar's test looks only at those that one of the two gets wrong.\n"
        "- **Latency** is that of the architecture on the machine named; times of different "
        "measurements are never mixed.\n"
        "- The same report from the command line: `python -m cnnviz report KEY --criterion "
        "accuracy --format html -o report.html`."
    )
