"""CMU PocketSphinx, a recogniser whose wheel includes its English model."""
