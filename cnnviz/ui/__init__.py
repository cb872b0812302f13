"""Everything that touches Streamlit; nothing here computes."""
