"""The facts of a report: records, test results, comparisons, and the recommendation."""
