"""
Numbers as people type them into forms: with commas between thousands or without. A comma elsewhere may be
a decimal point: 1,5 is not 15. A form may send any text: it is bounded before it is scaled.
"""

import re

from decimal import Decimal, InvalidOperation

from aldea_core.domain.billing.money import MOST_AMOUNT, digits


# What the backend's numbers hold (64 bits); its own bounds are lower, and it says them.
_MOST = 2**63 - 1
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")


def whole_units(text: str, unit: int = 1) -> int:
    """
    The number that a field of a form has, in units of which *unit* are one.

    Raises:
        ValueError: It is no number, negative, too large, or finer than a unit.
    """
    units = _scaled(text, Decimal(unit), _MOST)
    if units is None:
        raise ValueError(f"{text[:40]!r} is no number of units.")
    return units


def minor_units(text: str, currency: str) -> int:
    """
    The amount that a field of a form has, in the currency's smallest unit.

    Raises:
        ValueError: It is no number, negative, too large, or finer than that unit.
    """
    units = _scaled(text, Decimal(10) ** digits(currency), MOST_AMOUNT)
    if units is None:
        raise ValueError(f"{text[:40]!r} is no amount of {currency}.")
    return units


def _scaled(text: str, unit: Decimal, most: int) -> int | None:
    text = text.strip()
    try:
        number = Decimal(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
        # Before scaling, which overflows: a field may have 1e999999.
        if not 0 <= number <= most:
            return None
    except InvalidOperation:  # also of NaN, which is compared with nothing
        return None
    units = number * unit
    return int(units) if units <= most and units == units.to_integral_value() else None
