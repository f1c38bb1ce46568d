"""
What can be redacted, by the names that Deepgram documents for the parameter `redact`.

Source: https://developers.deepgram.com/docs/redaction and
https://developers.deepgram.com/docs/supported-entity-types.
"""

# Groups of entities.
GROUPS = frozenset({"pii", "pci", "phi", "numbers", "aggressive_numbers"})

# Entities that are written in digits: an engine that hides every number hides them.
NUMERIC_ENTITIES = frozenset(
    {
        "account_number",
        "age",
        "bank_account",
        "credit_card",
        "credit_card_expiration",
        "cvv",
        "date",
        "date_interval",
        "dob",
        "dose",
        "driver_license",
        "duration",
        "healthcare_number",
        "ip_address",
        "location_coordinate",
        "location_zip",
        "medical_code",
        "money",
        "number",
        "numerical_pii",
        "passport_number",
        "percent",
        "phone_number",
        "routing_number",
        "ssn",
        "statistics",
        "time",
        "vehicle_id",
    }
)

# Entities that are words, which only an engine that recognises names can hide.
WORD_ENTITIES = frozenset(
    {
        "blood_type",
        "condition",
        "day",
        "drug",
        "effect",
        "email_address",
        "event",
        "filename",
        "gender_sexuality",
        "injury",
        "language",
        "location",
        "location_address",
        "location_address_street",
        "location_city",
        "location_country",
        "location_state",
        "marital_status",
        "medical_process",
        "month",
        "name",
        "name_family",
        "name_given",
        "name_medical_professional",
        "occupation",
        "organization",
        "organization_medical_facility",
        "origin",
        "password",
        "physical_attribute",
        "political_affiliation",
        "religion",
        "sexuality",
        "url",
        "username",
        "zodiac_sign",
    }
)

REDACTIONS = GROUPS | NUMERIC_ENTITIES | WORD_ENTITIES

# What is asked for with any of these is hidden wherever a number is, whatever the number means:
# hiding too much is safe, hiding too little is not.
HIDES_EVERY_NUMBER = (GROUPS - {"pci"}) | (NUMERIC_ENTITIES - {"credit_card"})
HIDES_CARD_NUMBERS = frozenset({"pci", "credit_card"})


def beyond_numbers(redact: tuple[str, ...]) -> tuple[str, ...]:
    """Which of *redact* an engine that hides numbers only leaves visible, in whole or in part."""
    return tuple(kind for kind in redact if kind in WORD_ENTITIES or kind in {"pii", "phi"})
