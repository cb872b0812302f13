"""Networks side by side: table, recorded latencies, matched layers, causes of low throughput."""
