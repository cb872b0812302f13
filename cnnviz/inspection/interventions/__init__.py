"""What changes when weights, channels or the input are edited."""
