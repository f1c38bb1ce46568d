"""ID3 and APE tags, which stand before, between and after audio and contain pictures of any size."""

# Enough to know the size of any.
HEAD_BYTES = 32
_ID3V2_HEAD, _ID3V1_BYTES, _APE_HEAD = 10, 128, 32


def tag_size(data: bytes | bytearray, at: int = 0) -> int:
    """Size of the tag at *at*, with its header; 0 if there is none or not enough of it."""
    head = bytes(data[at : at + _APE_HEAD])
    if head[:3] == b"TAG":
        return _ID3V1_BYTES
    if head[:8] == b"APETAGEX" and len(head) == _APE_HEAD:
        # Of APEv2; the size counts the footer, and a flag says which of the two it is.
        is_head = bool(head[23] & 0x20)
        return _APE_HEAD + (int.from_bytes(head[12:16], "little") if is_head else 0)
    if len(head) < _ID3V2_HEAD or head[:3] != b"ID3" or max(head[6:_ID3V2_HEAD]) > 127:
        return 0
    # ID3v2.4, 3.1.
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    footer = _ID3V2_HEAD if head[5] & 0x10 else 0
    return _ID3V2_HEAD + size + footer
