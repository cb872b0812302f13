"""Controls that choose a network, an image, a layer, a channel or a view, kept in the address."""
