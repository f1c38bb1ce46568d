"""
Fast paths for data that is a few complete WebSocket frames (RFC 6455, 5.2) and nothing else, which
nearly all data of a stream is. `websocket.FrameReader` reads the rest.
"""

# The most frames examined in one call.
_MOST_AUDIO = range(512)


def whole_audio(data: bytes) -> int:
    """
    Bytes of audio in *data* if it consists of complete, masked binary frames only, and not too
    many; else -1.

    Fast path, called for all data of all streams: it creates no objects and calls no functions.
    """
    at, end, audio = 0, len(data), 0
    for _ in _MOST_AUDIO:
        if end - at < 8 or data[at] != 0x82:
            return -1
        size = data[at + 1] - 128
        if size <= 0 or size == 127:
            return -1
        if size == 126:
            size = data[at + 2] << 8 | data[at + 3]
            if size < 126:
                return -1
            at += 8 + size
        else:
            at += 6 + size
        audio += size
        if at == end:
            return audio
    return -1


def leading_texts(data: bytes) -> list[int]:
    """
    The start of each complete, unmasked text frame that *data* begins with, and the end of the last
    one; `[0]` if there is none.
    """
    edges = [0]
    at, end = 0, len(data)
    while end - at >= 4 and data[at] == 0x81:
        size = data[at + 1]
        if size < 126:
            at += 2 + size
        elif size == 126:
            at += 4 + (data[at + 2] << 8 | data[at + 3])
        else:
            break
        if at > end:
            break
        edges.append(at)
    return edges


def text_in(frame: bytes) -> bytes:
    """The payload of a frame that `leading_texts` found."""
    return frame[2:] if frame[1] < 126 else frame[4:]
