import streamlit as st

from cnnviz.data.mnist import mixed_index
from cnnviz.training.runs import networks
from cnnviz.ui.cached import layer_outputs, loading
from cnnviz.ui.components.maps_view import digit_answer, digit_stage, maps_view, stages
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.navigation import ENTRIES, require_router

require_router()

SECONDS = 7.0  # on each digit
ACROSS = 4  # doors side by side

every = networks.shipped()
shipped = [network for network in every if network.task == "classify"]
digits = loading.digits()
st.session_state.setdefault("overview_position", 1)


def another() -> None:
    """Move on to the next digit."""
    st.session_state.overview_position += 1


@st.fragment
def tour() -> None:
    """Send a test digit through the first network that ships, once PyTorch is there."""
    network = shipped[0]
    index = mixed_index(digits, st.session_state.overview_position)
    image = digits.test_images[index, 0]
    found = layer_outputs.forward_pass(network, image) if warmup.ready() else None
    row = network.architecture
    maps_view(
        [digit_stage(image, row.input_size), *stages(row, found)],
        key="overview_view",
        subject=f"{network.key} {index}",
        answer=digit_answer(found.probabilities if found else None, int(digits.test_labels[index])),
        seconds=SECONDS,
        on_next=another,
    )
    device.caption(f"**Device**  \n{warmup.device()}")


st.title("See a convolutional network at work")
if not shipped:
    st.info("No network ships with this copy. Train one first.", icon=":material/info:")
hero, doors, installed = st.container(), st.container(), st.container()

left, middle, right = installed.columns(3)
left.caption(f"**Digits in use**  \n{digits}")
device = middle.empty()
tested = " and ".join(dict.fromkeys(network.tested_on for network in every))
lines = [f"**Trained networks that ship: {len(every)}**"]
lines += [
    f"{network.title}: {network.accuracy:.2%} right"
    if network.task == "classify"
    else f"{network.title}: F1 {network.accuracy:.2%}"
    for network in every
]
best = max(shipped, key=lambda network: network.accuracy or 0, default=None)
right.caption(f"{lines[0]}" + (f"  \nthe most accurate: {best.title}" if best else ""))
with right.popover("All of them", icon=":material/list:"):
    st.caption("  \n".join([*lines[1:], f"on {tested}"]))

if shipped:
    with hero:
        st.markdown(
            "A handwritten digit that the network never trained on goes through "
            f"**{shipped[0].title}**. Point at a map to read its values; click to enlarge it."
        )
        tour()

rows = [ENTRIES[i : i + ACROSS] for i in range(1, len(ENTRIES), ACROSS)]
for row in rows:
    for column, entry in zip(doors.columns(ACROSS), row, strict=False):
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.page_link(entry.path, label=f"**{entry.title}**", icon=f":material/{entry.icon}:")
            st.caption(entry.sentence)
