"""Rows in Redis are readable across versions of Aldea."""

import json

import attrs

from tests.contract.values import NOW, after, known_key, lease, record

from adapters.redis.rows import key_of, key_text
from adapters.redis.usage_rows import lease_of, lease_text, usage_of, usage_text


KEY = known_key(scopes=frozenset({"admin", "usage:read"}), expires=after(60))
LEASE = attrs.evolve(lease(audio_ms=7), key=KEY)
RECORD = record(tags=('Ünï, "x"\n', "漢"))


def test_texts_round_trip_on_one_line():
    """
    Any text; each row is one line.
    """
    texts = [key_text(KEY), lease_text(LEASE), usage_text(RECORD)]

    assert key_of(KEY.hash, KEY.org, texts[0]) == KEY
    assert lease_of(texts[1]) == LEASE
    assert usage_of(texts[2]) == RECORD
    assert not any("\n" in text for text in texts)


def test_other_json_spellings_are_read():
    """
    Other libraries put spaces between values and escape non-ASCII.
    """
    key, held, used = (
        json.dumps(json.loads(text), indent=1)
        for text in (key_text(KEY), lease_text(LEASE), usage_text(RECORD))
    )

    assert key_of(KEY.hash, KEY.org, key) == KEY
    assert lease_of(held) == LEASE
    assert usage_of(used) == RECORD


def test_lease_row_format_is_fixed():
    """
    Gateways of different versions read each other's leases.
    """
    assert lease_text(lease("s")) == (
        '["s","' + known_key().hash + '","1c7c7b6e-0000-4000-8000-000000000001",'
        '"[\\"key-a\\",[\\"member\\"],null]","live","task-1",'
        f"{round(NOW.timestamp())}000000,{round(after(30).timestamp())}000000,0]"
    )
