"""
Money: amounts are whole minor units of a currency, prices are exact decimals. Never a float.

There is one rounding rule for what is charged: an exact amount is rounded once to the currency's
minor unit, half away from zero. It is applied to each line (`charge`), and to the tax on the sum of
the lines (`tax`). Prices may be finer than the minor unit. What is never charged is rounded as it is
used: a cost that is only shown to four digits (`in_digits`), the audio that an amount buys down to
whole milliseconds (`affords`).
"""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from aldea_core.domain.errors import BadRequest


# The currencies of ISO 4217, by the number of digits of their minor unit.
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
        CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ
        GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
        MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
        PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
        TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_DIGITS = {code: count for count, codes in _CODES.items() for code in codes.split()}
# The largest fee, cap, credit or payment, in minor units.
MOST_AMOUNT = 10**12
_FINEST = 8
_MOST_A_MINUTE = Decimal(10_000)
_MS_A_MINUTE = 60_000
# Exact even for millennia in milliseconds times prices with eight digits.
_EXACT = Context(prec=60)
_FOUR_DIGITS = Decimal("0.0001")


def proper_currency(text: str) -> str:
    """
    *text* as a currency code.

    Raises:
        BadRequest: *text* is no currency of ISO 4217.
    """
    if text not in _DIGITS:
        raise BadRequest("A currency is a code of ISO 4217, as USD.", field="currency")
    return text


def proper_price(text: str) -> Decimal:
    """
    *text* as a price per minute.

    Raises:
        BadRequest: The price is negative, too high, too fine, or no number.
    """
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise BadRequest(f"{text!r} is no price.") from None
    if not price.is_finite() or price.is_signed() or price > _MOST_A_MINUTE:
        raise BadRequest(f"A price is from 0 to {_MOST_A_MINUTE}.")
    if price != round(price, _FINEST):
        raise BadRequest(f"A price has at most {_FINEST} digits behind the point.")
    return price


def exact_cost(audio_ms: int, price: Decimal) -> Decimal:
    """
    The cost of *audio_ms* at *price* per minute, in the currency's unit, to show what a part costs.
    What is charged is rounded by `charge`.
    """
    exact = _EXACT.multiply(Decimal(audio_ms), price)
    return _EXACT.divide(exact, Decimal(_MS_A_MINUTE))


def charge(audio_ms: int, price: Decimal, currency: str) -> int:
    """The cost of *audio_ms* at *price* per minute, in minor units, rounded half away from zero."""
    exact = _EXACT.divide(
        _EXACT.scaleb(_EXACT.multiply(Decimal(audio_ms), price), digits(currency)),
        Decimal(_MS_A_MINUTE),
    )
    return _rounded(exact)


def tax(amount: int, percent: Decimal) -> int:
    """*percent* of *amount* (minor units), rounded half away from zero."""
    exact = _EXACT.divide(_EXACT.multiply(Decimal(amount), percent), Decimal(100))
    return _rounded(exact)


def affords(amount: int, price: Decimal, currency: str) -> int:
    """
    Milliseconds of audio that *amount* (minor units) buys at *price* per minute, rounded down.

    Raises:
        ZeroDivisionError: *price* is 0.
    """
    exact = _EXACT.divide(
        Decimal(max(0, amount) * _MS_A_MINUTE),
        _EXACT.scaleb(price, digits(currency)),
    )
    return int(exact)


def digits(currency: str) -> int:
    """The number of digits of the currency's minor unit."""
    return _DIGITS.get(currency, 2)


def decimal(amount: int, currency: str) -> Decimal:
    """*amount* (minor units) in the currency's unit."""
    return Decimal(amount).scaleb(-digits(currency), _EXACT)


def in_digits(cost: Decimal) -> str:
    """An exact cost as text, to four digits behind the point: `0.0024`."""
    return f"{cost.quantize(_FOUR_DIGITS, rounding=ROUND_HALF_UP, context=_EXACT):f}"


def shown(amount: int, currency: str) -> str:
    """Formatted for users: `1,234.50 USD`."""
    return f"{decimal(amount, currency):,f} {currency}"


def _rounded(exact: Decimal) -> int:
    """Half away from zero."""
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=_EXACT))
