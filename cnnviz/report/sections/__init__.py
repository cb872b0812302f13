"""The sections of the report and their drawings."""
