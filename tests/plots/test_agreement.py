"""Tables of how often networks agree, and of what they answer."""

import numpy as np
import pytest

from cnnviz.plots import colors
from cnnviz.plots.agreement import class_probabilities, disagreement_matrix


@pytest.mark.parametrize("theme", colors.THEMES)
def test_tables_of_shares_are_checked_and_take_the_theme(theme: str) -> None:
    counts = np.array([[0, 5], [5, 0]])
    [heat] = disagreement_matrix(counts, 1000, ["a", "b"], theme=theme).data
    assert np.isnan(heat.z[0][0])
    assert heat.z[0][1] == 5
    assert (heat.zmin, heat.zmax) == (0, 100)  # so that 5 of 1,000 are pale
    assert list(heat.customdata[0][1]) == ["0.50%", "0.21%", "1.17%"]  # Wilson's interval
    assert heat.colorscale[0][1] == colors.anchors("sequential", theme)[0]
    [said] = class_probabilities(np.eye(10)[:2], ["a", "b"], theme=theme).data
    assert list(said.text[0])[:2] == [">99", ""]
    assert list(said.customdata[0])[:2] == [">99.99%", "0.00%"]
    framed = class_probabilities(np.eye(10)[:2], ["a", "b"], label=3, theme=theme)
    [frame] = framed.layout.shapes
    assert (frame.x0, frame.x1) == (2.5, 3.5)
    with pytest.raises(ValueError, match=r"counts for 3 networks must be \(3, 3\), got \(2, 2\)"):
        disagreement_matrix(counts, 1000, ["a", "b", "c"], theme=theme)
    with pytest.raises(ValueError, match=r"got \(2, 10\) for 1 networks"):
        class_probabilities(np.eye(10)[:2], ["a"], theme=theme)
