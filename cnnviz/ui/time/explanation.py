"""How to read the page Time machine."""

from cnnviz.training.runs import snapshots as kept

DETECTORS = "Detectors predict boxes instead of one of ten classes: their snapshots are on Detect."
HELP = f"""
- **The slider** steps through the [[snapshots|snapshot]] that the run kept: the initial weights,
  the first doublings of the step, when most changes, and the ends of [[epochs|epoch]]; at most
  {kept.MAX_COUNT} of them and {kept.MAX_BYTES // 2**20} MiB, evenly thinned if there were more.
  Everything below belongs to the same snapshot, and is drawn in your browser.
- **Training [[loss]]** is the [[cross-entropy]] of the last [[batches|batch]] in [[nats|nat]]:
  2.3 for guessing among ten classes, 0 for certain and correct predictions.
- **[[Filters|filter]]** are the [[kernels|kernel]] of the first [[convolution]]: blue is positive,
  vermilion negative.
- **Maps** show sixteen [[channels|channel]] at a time, the same ones in every snapshot,
  beginning with those that are strongest in the newest one.
- **What the unit in the middle uses** is the mean of |∂ unit / ∂ pixel| of the middle layer's
  central [[unit]] over 16 test digits, its [[effective receptive field]]. Before training it
  depends on the architecture alone. Below it is the side of the square around its center that holds
  95% of it.
- **Pixels that would change the score most** ([[saliency]]) show the absolute [[gradient]] of one
  [[logit]] with respect to each pixel; the logit is the same in all snapshots.
- **The map of digits** is the plane in which the newest snapshot's digits vary most ([[PCA]] of the
  last part before the classifier). Earlier snapshots are projected onto the *same* plane: a digit
  that moves has changed its vector, not the view. The percentage above it is the share of digits
  whose five nearest neighbors in the layer vote for their label.
- **Scales** are shared by all snapshots: values that grow become darker, and the map of digits,
  which may begin as a dot, larger. The percentage above the map does not depend on the scale. The
  checkbox scales each snapshot by itself.
- **Train on from a step** starts a new run whose first weights are those of the snapshot. Where the
  shown run still has a checkpoint of that step, the new one also begins with the state of the
  optimizer; elsewhere the optimizer begins anew.
- {DETECTORS}
"""
