"""The Streamlit dashboard: pages' views, components and caches."""
