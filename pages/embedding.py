from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from cnnviz.training.runs import networks
from cnnviz.ui.cached import loading
from cnnviz.ui.cached.digit_samples import sample_digits
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.embedding import atlas, explanation, layer_choice
from cnnviz.ui.embedding.view import embedding_table, embedding_view, send_digits
from cnnviz.ui.pickers.image import choose_network_and_optional_image
from cnnviz.ui.pickers.layer import chosen_layer, matching_layer, remember_layer
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.background import waiting_note
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameters import EMBEDDING_BESIDE, EMBEDDING_MAP
from cnnviz.ui.teaching.predict_first import predict_first

require_router()

AGAIN = 0.7  # seconds until the page looks for finished layers
BESIDE = {"nothing": "Nothing", "untrained": "Untrained", "network": "Another network"}
FORMER = {"Before training": "untrained"}  # titles in older links

digits = loading.digits()

st.title("Embedding")
network, image = choose_network_and_optional_image()
with st.container(horizontal=True, vertical_alignment="bottom"):
    mode = choose_key("Map", {mode: mode for mode in atlas.MODES}, EMBEDDING_MAP)
    beside = choose_key("Compare with", BESIDE, EMBEDDING_BESIDE, former=FORMER)
chosen = [network]
if beside == "untrained":
    chosen.append(replace(networks.untrained(network.architecture_key), title=BESIDE[beside]))
elif beside == "network":
    with st.columns([2, 3.4])[0]:
        chosen += filter(None, [layer_choice.choose_other(network)])

warmup.wait_for_pytorch()
layer_choice.drop_missing(network, beside=beside == "network")
for shown in chosen:
    loading.model(shown)
sample = sample_digits(digits, atlas.MAPPED_DIGITS)
send_digits(sample, key="embedding_digits")
pixels = image.pixels if image is not None and image.pixels.any() else None


@st.fragment
def maps() -> None:
    """Show the finished layers, and rerun until all are finished."""
    late = network.architecture.late
    extra = layer_choice.choose_any_layer(network)
    layer = matching_layer(chosen_layer(), [*layer_choice.mapped_layers(network), extra]) or late
    atlases = atlas.atlases(chosen, sample, mode=mode, image=pixels, layer=layer, extra=extra)
    if not all(maps_of_one.complete for maps_of_one in atlases):
        progress(atlases)
        pulse(AGAIN, key="embedding_pulse")
    if not atlases[0].maps:
        return
    if extra and extra not in atlases[0].layers and atlases[0].complete:
        st.info(
            f"The output of `{extra}` is not one tensor per digit, so it has no map.",
            icon=":material/info:",
        )
    embedding_view(
        atlases,
        sample,
        key="embedding_view",
        first=layer if layer in atlases[0].layers else late,
        subject=image.title.partition(",")[0] if image is not None else "",
        image=pixels,
        placed=explanation.PLACED,
        on_layer=remember_layer,
    )
    with st.expander("All layers as a table", icon=":material/table:"):
        embedding_table(atlases)


def progress(atlases: Sequence[atlas.Atlas]) -> None:
    """Show how many maps are finished."""
    done, total = sum(a.done for a in atlases), sum(len(a.layers) for a in atlases)
    name = f"{mode} of each layer: {done} of {total}" if total else "First pass"
    text = f"{name}, {len(sample.labels):,} test digits.{waiting_note()}"
    st.progress(done / max(total, 1), text=text)


maps()
predict_first("embedding", network, pixels)
how_to_read(explanation.HELP)
