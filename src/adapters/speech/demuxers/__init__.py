"""
Live audio out of its media container, byte by byte as it comes.

FFmpeg's own demuxers read ahead: they want seconds of audio before they say what it is, hold frames
back until they have seen the next ones, believe lengths that recorders get wrong, and read whatever
they take a stream for. These readers hold back nothing that is complete, so a Finalize covers all
audio sent before it, and they know the formats that we promise and no others.
"""
