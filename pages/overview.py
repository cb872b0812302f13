import streamlit as st

from cnnviz.data.mnist import mixed_index
from cnnviz.stats.percentages import percent
from cnnviz.teaching.tour import TOUR
from cnnviz.training.runs import networks
from cnnviz.ui.cached import layer_outputs, loading
from cnnviz.ui.components.maps_view import (
    Actions,
    digit_answer,
    digit_stage,
    maps_view,
    role_stages,
)
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.navigation import ENTRIES, require_router
from cnnviz.ui.teaching.guide_card import guide_entry
from cnnviz.ui.teaching.predict_first import predict_first

require_router()

SECONDS = 7.0  # on each digit
ACROSS = 4  # links to pages side by side

every = networks.shipped()
shipped = [network for network in every if network.task == "classify"]
digits = loading.digits()
st.session_state.setdefault("overview_position", 1)


def another() -> None:
    """Move on to the next digit."""
    st.session_state.overview_position += 1


@st.fragment
def digit_on_its_way() -> None:
    """Show a test digit on its way through the first pretrained network, once PyTorch is loaded."""
    network = shipped[0]
    index = mixed_index(digits, st.session_state.overview_position)
    image = digits.test_images[index, 0]
    activations = layer_outputs.forward_pass(network, image) if warmup.pytorch_ready() else None
    row = network.architecture
    maps_view(
        [digit_stage(image, row.input_size), *role_stages(row, activations)],
        key="overview_view",
        subject=f"{network.key} {index}",
        answer=digit_answer(
            activations.probabilities if activations else None, int(digits.test_labels[index])
        ),
        seconds=SECONDS,
        actions=Actions(next=another),
    )
    device.caption(f"**Device**  \n{warmup.device()}")


st.title("See a convolutional network at work")
if not shipped:
    st.info("This copy includes no pretrained network. Train one first.", icon=":material/info:")
hero, links, installed = st.container(), st.container(), st.container()

left, middle, right = installed.columns(3)
left.caption(f"**Digits in use**  \n{digits}")
device = middle.empty()
tested = " and ".join(dict.fromkeys(network.tested_on for network in every))
lines = [f"**Pretrained networks: {len(every)}**"]
lines += [
    f"{network.title}: {'accuracy' if network.task == 'classify' else 'F1'} "
    f"{percent(network.accuracy or 0, 2)}"
    for network in every
]
best = max(shipped, key=lambda network: network.accuracy or 0, default=None)
right.caption(f"{lines[0]}" + (f"  \nmost accurate: {best.title}" if best else ""))
with right.popover("All networks", icon=":material/list:"):
    st.caption("  \n".join([*lines[1:], f"on {tested}"]))

if shipped:
    with hero:
        st.markdown(
            f"A handwritten digit from the test set passes through **{shipped[0].title}**. Point "
            "at a map to read its values; click to enlarge it."
        )
        guide_entry(TOUR, f"Take the guided tour ({TOUR.minutes:.0f} minutes)")
        digit_on_its_way()

rows = [ENTRIES[i : i + ACROSS] for i in range(1, len(ENTRIES), ACROSS)]
for row in rows:
    for column, entry in zip(links.columns(ACROSS), row, strict=False):
        with column.container(border=True, height="stretch", gap="xsmall"):
            st.page_link(entry.path, label=f"**{entry.title}**", icon=f":material/{entry.icon}:")
            st.caption(entry.sentence)
if shipped:
    predict_first("overview", shipped[0])
