"""A database with many orgs, generated in SQL."""

import asyncpg


_FILL = """
ALTER TABLE orgs DISABLE TRIGGER USER;
ALTER TABLE api_keys DISABLE TRIGGER USER;
INSERT INTO orgs (id, name, created, status, version)
    SELECT md5('org' || n)::uuid::text, 'Org ' || n, '2026-01-01', 'active', 1 + n % 7
    FROM generate_series(1, {orgs}) AS n;
INSERT INTO api_keys (id, org, name, hash, hint, scopes, tags, created)
    SELECT md5('key' || n || '-' || k)::uuid::text, md5('org' || n)::uuid::text, 'Key ' || k,
           encode(sha256(('key' || n || '-' || k)::bytea), 'hex'), 'org_hint', '["member"]', '[]',
           '2026-01-01'
    FROM generate_series(1, {orgs}) AS n, generate_series(1, {keys}) AS k;
ALTER TABLE orgs ENABLE TRIGGER USER;
ALTER TABLE api_keys ENABLE TRIGGER USER;
ANALYZE;
"""


async def fill(url: str, *, orgs: int, keys: int) -> None:
    """Without a word to the outbox, as if they had been there for long."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_FILL.format(orgs=int(orgs), keys=int(keys)), timeout=300)
    finally:
        await connection.close()
