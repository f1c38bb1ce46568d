"""
A speech engine in processes of its own, around any recogniser.

Recognisers hold the interpreter's lock while they think, so they live in worker processes. Here is
all that is the same for every one of them: decoding, finding where somebody speaks, interim and
final results, and the pool of workers.
"""
