"""
A speech engine with worker processes, around any recogniser.

Recognisers hold the interpreter's lock while they compute, so they run in worker processes. This
package has what all of them share: decoding, voice activity detection, interim and final results,
and the pool of workers.
"""
