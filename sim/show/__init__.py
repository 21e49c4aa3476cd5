"""What we show: figures drawn from stored results alone."""
