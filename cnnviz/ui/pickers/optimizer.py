"""Titles of the optimizers, in the forms of trainings."""

OPTIMIZER_NAMES = {"adamw": "AdamW", "adam": "Adam", "sgd": "SGD with momentum"}
