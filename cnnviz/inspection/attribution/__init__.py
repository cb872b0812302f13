"""Attribution methods, and tests of how faithful their maps are."""
