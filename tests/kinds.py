"""Classifiers no two of which differ in depth alone, for tests of what every kind must do."""

from cnnviz.models.catalog import of_task

_DEEPER = {"vgg16", "resnet20", "resnet101", "resnet152"}  # than vgg11, resnet8 and resnet50
KINDS = [key for key in of_task("classify") if key not in _DEEPER]
