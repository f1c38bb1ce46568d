"""
Money: amounts are whole minor units of a currency, prices are exact decimals. Never a float.

There is one rule of rounding, and it is applied in one place, `charge`: a line's exact amount is
rounded once to the currency's minor unit, half of it away from zero. Prices may be finer than
the minor unit; what is not a line's amount is never rounded.
"""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from aldea_core.domain.errors import BadRequest


# ISO 4217's currencies, by how many digits the minor unit has.
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
_FINEST = 8
_MOST = Decimal(10_000)
_MS_A_MINUTE = 60_000
# Milliseconds of millennia times prices of eight digits fit exactly.
_EXACT = Context(prec=60)


def proper_currency(text: str) -> str:
    """
    *text* as a currency's code.

    Raises:
        BadRequest: It is none.
    """
    if text not in _DIGITS:
        raise BadRequest("A currency is a code of ISO 4217, as USD.", field="currency")
    return text


def proper_price(text: str) -> Decimal:
    """
    *text* as a price a minute.

    Raises:
        BadRequest: It is negative, too high or too fine, or no number.
    """
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise BadRequest(f"{text!r} is no price.") from None
    if not price.is_finite() or price.is_signed() or price > _MOST:
        raise BadRequest(f"A price is from 0 to {_MOST}.")
    if price != round(price, _FINEST):
        raise BadRequest(f"A price has at most {_FINEST} digits behind the point.")
    return price


def charge(audio_ms: int, price: Decimal, currency: str) -> int:
    """What *audio_ms* cost at *price* a minute, in minor units, rounded half away from zero."""
    exact = _EXACT.divide(
        _EXACT.scaleb(_EXACT.multiply(Decimal(audio_ms), price), digits(currency)),
        Decimal(_MS_A_MINUTE),
    )
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=_EXACT))


def affords(amount: int, price: Decimal, currency: str) -> int:
    """
    How many milliseconds *amount* (minor units) buys at *price* a minute, rounded down.

    Raises:
        ZeroDivisionError: They are free.
    """
    exact = _EXACT.divide(
        Decimal(max(0, amount) * _MS_A_MINUTE),
        _EXACT.scaleb(price, digits(currency)),
    )
    return int(exact)


def digits(currency: str) -> int:
    """How many digits its minor unit has."""
    return _DIGITS.get(currency, 2)


def decimal(amount: int, currency: str) -> Decimal:
    """*amount* (minor units) in the currency's unit."""
    return Decimal(amount).scaleb(-digits(currency), _EXACT)


def shown(amount: int, currency: str) -> str:
    """For people: `1,234.50 USD`."""
    return f"{decimal(amount, currency):,f} {currency}"
