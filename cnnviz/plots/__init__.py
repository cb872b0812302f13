"""Charts: functions that turn arrays and dataclasses into Plotly figures; they see no model."""
