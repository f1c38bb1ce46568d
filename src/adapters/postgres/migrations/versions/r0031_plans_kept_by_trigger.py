"""
The plans of an org are kept when it is deleted, by whatever deletes it: a backend of an older
version, or a person at a SQL prompt.
"""

from alembic import op


revision = "0031"
down_revision = "0030"

_FUNCTION = """
CREATE FUNCTION keep_plans() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO gone_subscriptions (org, since, plan)
    SELECT org, since, plan FROM subscriptions WHERE org = OLD.id
    ON CONFLICT (org, since) DO UPDATE SET plan = excluded.plan;
  RETURN OLD;
END $$
"""

_ON_SQLITE = """
CREATE TRIGGER orgs_plans_kept BEFORE DELETE ON orgs BEGIN
  INSERT OR REPLACE INTO gone_subscriptions (org, since, plan)
    SELECT org, since, plan FROM subscriptions WHERE org = OLD.id;
END
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_ON_SQLITE)
        return
    op.execute(_FUNCTION)
    op.execute(
        "CREATE TRIGGER orgs_plans_kept BEFORE DELETE ON orgs "
        "FOR EACH ROW EXECUTE FUNCTION keep_plans()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER orgs_plans_kept")
        return
    op.execute("DROP TRIGGER orgs_plans_kept ON orgs")
    op.execute("DROP FUNCTION keep_plans()")
