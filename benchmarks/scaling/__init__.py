"""What many streams take, computed from the benchmark's results: `python -m benchmarks.scaling`."""
