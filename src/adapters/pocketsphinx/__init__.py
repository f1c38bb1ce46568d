"""CMU PocketSphinx, whose wheel carries its English model: a recogniser that needs nothing else."""
