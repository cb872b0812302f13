"""ImageNet networks on photographs: responses of layers and classes to simple changes."""
