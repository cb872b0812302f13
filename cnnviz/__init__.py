"""See a convolutional network: the core, free of Streamlit."""

__version__ = "0.1.0"
