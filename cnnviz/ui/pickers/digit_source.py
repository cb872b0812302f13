"""Titles of the sources of training digits, in the forms of trainings and races."""

SOURCE_NAMES = {"auto": "Largest available", "full": "Full MNIST", "embedded": "Embedded digits"}
FORMER_SOURCES = {"The best there are": "auto"}  # titles in older links
