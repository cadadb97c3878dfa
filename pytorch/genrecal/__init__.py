"""GenRecal in PyTorch: the two model families, the Recalibrator and its losses, data, and Hugging Face folders."""
