"""Networks side by side: table, recorded timings, matched layers, causes of low throughput."""
