"""
Demuxers for live audio in a media container, which work on bytes as they arrive.

FFmpeg's demuxers read ahead: they need seconds of audio to detect the format, hold frames back
until the next ones arrive, trust lengths that recorders get wrong, and accept far more formats than
wanted. The demuxers here return every packet once it is complete, so that a Finalize covers all
audio sent before it. They read the documented formats and no others.
"""
