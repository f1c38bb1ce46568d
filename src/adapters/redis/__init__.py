"""
Redis, one node or a cluster.

The documented layout, which other programs read too::

    org:<org_id>:api_keys     Set of key hashes
    org:<org_id>:limits       Hash of limits, and status and version
    apikey:<key_hash>         String: org_id

Documented keys lie in any slot. The keys that Aldea itself relies on lie in one slot per org, so
that one script reads and writes them atomically: `mirror:{org}` and `live:{org}:…`. Usage goes to
the streams `usage:{0}` … `{15}`.
"""
