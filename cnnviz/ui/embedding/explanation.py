"""How to read the maps."""

PLACED = {
    "PCA": "Placed by the same rule as the other digits.",
    "t-SNE": "Placed among its five nearest neighbors: t-SNE cannot project a new point.",
}
HELP = """
- **A point is a test digit**, drawn as its label. Its vector is the layer's whole output for that
  digit. The output of a layer with more than 3,136 values is first averaged over cells of its
  [[feature maps|feature map]], without its [[class token]]; the caption of each map says what was
  done.
- **Any other layer** can be added to the ones that the slider steps through.
- **[[PCA]]** rotates the points so that the direction of largest variance is horizontal and the
  second largest vertical. It does not bend space: points far apart here are far apart; points
  close together may still differ in directions that are not shown. The percentages say how much of
  the variance is shown.
- **[[t-SNE]]** keeps neighbors together: [[perplexity]] 30, 500 iterations, [[seed]] 0, on the
  first 30 principal components. The size of a group and its distance from another carry no meaning.
- **[[Trustworthiness|trustworthiness]]** is 1 if the five nearest neighbors of each digit on the
  map are also its nearest in the layer, and about 0.5 for a random map (Venna and Kaski 2001).
  Nearest in the layer means by all of its values that the caption counts.
- **Left and right, up and down** are arbitrary in PCA: each map is mirrored so that the classes lie
  as on the map of the pixels, as far as mirroring can. t-SNE maps are rotated and mirrored to match
  the PCA of their layer. This changes no distance.
- **How well classes separate** is measured in the layer's own space, not on the map: the share of
  digits whose five nearest neighbors vote for their class, leaving each digit itself out.
- **Your own digit** is a ring with a cross. PCA projects it like the others. t-SNE cannot project a
  new point, so it lies among its five nearest neighbors, weighted by distance; they are found by
  the layer's first 30 principal components.
"""
