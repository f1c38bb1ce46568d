"""ID3v2 tags, which may precede MP3, AAC and FLAC and contain pictures of any size."""

HEAD_BYTES = 10


def tag_size(data: bytes | bytearray, at: int = 0) -> int:
    """Size of the tag at *at*, with its header; 0 if there is none (ID3v2.4, 3.1)."""
    head = data[at : at + HEAD_BYTES]
    if len(head) < HEAD_BYTES or head[:3] != b"ID3" or max(head[6:]) > 127:
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    footer = HEAD_BYTES if head[5] & 0x10 else 0
    return HEAD_BYTES + size + footer
