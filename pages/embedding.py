from dataclasses import replace

import pandas as pd
import streamlit as st

from cnnviz.training.runs import networks
from cnnviz.ui.cached import loading
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.embedding import maps as embeddings
from cnnviz.ui.embedding.view import embedding_view, layer_title, send_digits
from cnnviz.ui.pickers.image import choose_network_and_optional_image
from cnnviz.ui.pickers.layer import chosen_layer, nearest_layer, remember_layer
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.background import waiting_note
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameters import EMBEDDING_BESIDE, EMBEDDING_MAP

require_router()

AGAIN = 0.7  # seconds until the page looks for finished layers
BESIDE = {"nothing": "Nothing", "untrained": "Untrained", "network": "Another network"}
FORMER = {"Before training": "untrained"}  # titles in older links

digits = loading.digits()

st.title("Embedding")
network, image = choose_network_and_optional_image()
with st.container(horizontal=True, vertical_alignment="bottom"):
    mode = choose_key("Map", {mode: mode for mode in embeddings.MODES}, EMBEDDING_MAP)
    beside = choose_key("Compare with", BESIDE, EMBEDDING_BESIDE, former=FORMER)
chosen = [network]
if beside == "untrained":
    chosen.append(replace(networks.untrained(network.architecture_key), title=BESIDE[beside]))
elif beside == "network":
    with st.columns([2, 3.4])[0]:
        chosen += filter(None, [embeddings.choose_other(network)])

warmup.wait_for_pytorch()
embeddings.forget_missing(network, beside=beside == "network")
for one in chosen:
    loading.model(one)
sample = embeddings.sample(digits, embeddings.COUNT)
send_digits(sample, key="embedding_digits")
pixels = image.pixels if image is not None and image.pixels.any() else None


@st.fragment
def maps() -> None:
    """Show the finished layers, and rerun until all are finished."""
    row = network.architecture
    extra = embeddings.choose_any_layer(network)
    layer = nearest_layer(chosen_layer(), [*embeddings.steps(network), extra]) or row.late
    found = embeddings.atlases(chosen, sample, mode=mode, image=pixels, layer=layer, extra=extra)
    done, whole = sum(a.done for a in found), sum(len(a.layers) for a in found)
    if not all(atlas.complete for atlas in found):
        name = f"{mode} of each layer: {done} of {whole}" if whole else "First pass"
        text = f"{name}, {len(sample.labels):,} test digits.{waiting_note()}"
        st.progress(done / max(whole, 1), text=text)
        pulse(AGAIN, key="embedding_pulse")
    if not found[0].maps:
        return
    if extra and extra not in found[0].layers and found[0].complete:
        st.info(
            f"The output of `{extra}` is not one tensor per digit, so it has no map.",
            icon=":material/info:",
        )
    embedding_view(
        found,
        sample,
        key="embedding_view",
        first=layer if layer in found[0].layers else row.late,
        subject=image.title.partition(",")[0] if image is not None else "",
        image=pixels,
        placed=embeddings.PLACED,
        on_layer=remember_layer,
    )
    with st.expander("All layers as a table", icon=":material/table:"):
        st.dataframe(
            pd.DataFrame(
                {
                    "Network": atlas.network.title,
                    "Layer": layer_title(one),
                    "Class separation": f"{one.embedding.separation.value:.1%}",
                    "Variance shown (PCA)": f"{sum(one.embedding.pca.shares[:2]):.0%}",
                    "Trustworthiness (PCA)": f"{one.embedding.trust:.3f}",
                    "Trustworthiness (t-SNE)": f"{one.trust:.3f}" if one.signs is None else None,
                }
                for atlas in found
                for one in (atlas.maps[name] for name in atlas.layers if name in atlas.maps)
            ),
            hide_index=True,
            placeholder="–",
        )


maps()
how_to_read(embeddings.HELP)
