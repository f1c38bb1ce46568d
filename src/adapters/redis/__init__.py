"""
Redis, one node or a cluster.

The documented layout, which others read too::

    org:<org_id>:api_keys     Set of key hashes
    org:<org_id>:limits       Hash of limits, and status and version
    apikey:<key_hash>         String: org_id

Those lie in any slot. What Aldea itself relies on lies in one slot for each org, so that one script
decides at once: `mirror:{org}` and `live:{org}:…`. Usage goes to the streams `usage:{0}` … `{15}`.
"""
