"""The sections of a report, one or several per module, and their drawings."""
