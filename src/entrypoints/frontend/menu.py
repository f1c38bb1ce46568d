"""The sidebar's entries. What a role may not see is absent."""

# Path within the org, name, icon.
Entry = tuple[str, str, str]


def menu(*, is_admin: bool) -> list[tuple[str, list[Entry]]]:
    """Groups of entries, each under its heading."""
    work: list[Entry] = [("/", "Overview", "home")]
    work.append(("/playground", "Playground", "mic"))
    work.append(("/live", "Live", "pulse"))
    work.append(("/usage", "Usage", "bars"))
    build: list[Entry] = []
    organisation: list[Entry] = []
    if is_admin:
        build.append(("/keys", "API keys", "key"))
        build.append(("/webhooks", "Webhooks", "bolt"))
    build.append(("/docs", "Docs", "book"))
    organisation.append(("/billing", "Billing", "card"))
    organisation.append(("/team", "Team", "people"))
    if is_admin:
        organisation.append(("/audit", "Audit log", "list"))
    organisation.append(("/settings", "Settings", "sliders"))
    groups = [("", work), ("Build", build), ("Organisation", organisation)]
    return [(name, entries) for name, entries in groups if entries]
