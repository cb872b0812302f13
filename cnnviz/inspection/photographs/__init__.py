"""ImageNet networks on photographs: feature maps, predictions, and what they depend on."""
