"""Networks at the scale of digits, each after its paper; `cnnviz.catalogue` lists them."""
