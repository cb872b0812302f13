"""Networks written by hand, each after its paper; `cnnviz.catalogue` lists them."""
