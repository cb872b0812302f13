"""Visualize and inspect convolutional networks; only `cnnviz.ui` needs Streamlit."""

__version__ = "0.1.0"
