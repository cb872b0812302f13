"""Networks as objects: hooks, inference, pretrained weights, stand-alone programs."""
