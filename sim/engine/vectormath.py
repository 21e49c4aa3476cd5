"""Exponential, logarithm, power and table reading as LLVM text, for vectors of any width.

Where every lane is of the usual kind a shorter way is taken, which gives the same bits.

Only operations that IEEE 754 defines to the last bit are used (sums, products, quotients, fused products, comparisons, whole
number arithmetic), so that a result has the same bits on every processor and at every width.

Sources: argument reduction after W. J. Cody and W. Waite, Software Manual for the Elementary Functions (1980), chapters 5
to 7; the rearranged sum of the logarithm after P. T. P. Tang, ACM Transactions on Mathematical Software 16 (1990) 378-400;
sums and products in two parts after T. J. Dekker, Numerische Mathematik 18 (1971) 224-242.  The coefficients are our own:
Chebyshev approximations in 60 digits, of (e^r - 1 - r) / r^2 for |r| <= ln(2)/2 to 1.1e-16, and of
(log((1+s)/(1-s)) - 2s) / s^3 as a function of s^2, (1+s)/(1-s) from 1/sqrt(2) to sqrt(2), to 2.1e-18.
"""

from collections.abc import Sequence

from sim.engine.text import Lines

EXPONENTIAL = (
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662413,
    0.008333333333330062,
    0.0013888888917213717,
    0.00019841269863053618,
    2.4801521295954376e-05,
    2.7557268459997064e-06,
    2.7620088445409746e-07,
    2.510038549551032e-08,
)
LOGARITHM = (
    0.6666666666666666,
    0.4000000000000088,
    0.2857142857080323,
    0.2222222239180047,
    0.18181795630884753,
    0.15386240205813478,
    0.13268759668560612,
    0.13086767009948175,
)
LOG2_E = 1.4426950408889634
LN_2 = (0.6931471805599453, 2.3190468138462996e-17)
"""ln 2 in two parts, to be used in fused products."""
LN_2_SHORT = (0.6931471803691238, 1.9082149292705877e-10)
"""ln 2 in two parts, the first so short that its product with an exponent is exact."""
ROUNDING = 6755399441055744.0
"""1.5 * 2^52: added and taken away again it rounds to a whole number, which its last bits then hold."""
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
SMALLEST_NORMAL = 2.2250738585072014e-308


def functions(width: int) -> str:
    """Return the definitions of the functions for vectors of ``width`` doubles (scalars for 1)."""
    return "\n".join((_exponential(width), _logarithm(width), _power(width)))


def _polynomial(lines: Lines, at: str, coefficients: Sequence[float]) -> str:
    """Return the value of a polynomial at ``at`` by Horner's rule; coefficients from the constant upwards."""
    found = lines.constant(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        found = lines.fused(found, at, lines.constant(coefficient))
    return found


def _scaled_exponential(lines: Lines, high: str, low: str | None) -> str:
    """Return e to the power of ``high`` plus a small ``low``, NaN where it is; its scale goes in two steps."""
    high = lines.select(lines.compare("ogt", high, lines.constant(710.0)), lines.constant(710.0), high)
    high = lines.select(lines.compare("olt", high, lines.constant(-746.0)), lines.constant(-746.0), high)
    power, magic = _reduced_exponential(lines, high, low)
    whole = lines.arithmetic("fsub", magic, lines.constant(ROUNDING))
    half_magic = lines.fused(whole, lines.constant(0.5), lines.constant(ROUNDING))
    half = lines.arithmetic("fsub", half_magic, lines.constant(ROUNDING))
    other_magic = lines.arithmetic("fadd", lines.arithmetic("fsub", whole, half), lines.constant(ROUNDING))
    return lines.arithmetic("fmul", lines.arithmetic("fmul", power, _two_to(lines, half_magic)), _two_to(lines, other_magic))


def _plain_exponential(lines: Lines, high: str, low: str | None) -> str:
    """Return e to the power of ``high`` plus a small ``low`` where the result is a normal number."""
    power, magic = _reduced_exponential(lines, high, low)
    return lines.arithmetic("fmul", power, _two_to(lines, magic))


def _plain_exponent(lines: Lines, value: str) -> str:
    """Return whether :func:`_plain_exponential` takes ``value`` in every lane."""
    return lines.everywhere(lines.compare("olt", lines.call("fabs", value), lines.constant(700.0)))


def _reduced_exponential(lines: Lines, high: str, low: str | None) -> tuple[str, str]:
    """Return e to the power of ``high + low`` without its power of two, and a number whose last bits hold that power."""
    magic = lines.fused(high, lines.constant(LOG2_E), lines.constant(ROUNDING))
    whole = lines.arithmetic("fsub", magic, lines.constant(ROUNDING))
    rest = lines.fused(whole, lines.constant(-LN_2[0]), high)
    rest = lines.fused(whole, lines.constant(-LN_2[1]), rest)
    if low is not None:
        rest = lines.arithmetic("fadd", rest, low)
    square = lines.arithmetic("fmul", rest, rest)
    tail = lines.fused(square, _polynomial(lines, rest, EXPONENTIAL), rest)
    return lines.arithmetic("fadd", tail, lines.constant(1.0)), magic


def _two_to(lines: Lines, magic: str) -> str:
    """Return 2 to the whole number that the last bits of ``magic`` hold."""
    bits = lines.bits(magic)
    biased = lines.whole("add", bits, lines.whole_constant(1023))
    return lines.number(lines.whole("shl", biased, lines.whole_constant(52)))


def _exponential(width: int) -> str:
    lines = Lines(width)
    lines.branch(_plain_exponent(lines, "%x"), "any")
    lines.block("any", _plain_exponential(lines, "%x", None))
    return lines.function("exp", ("%x",), _scaled_exponential(lines, "%x", None))


def _parts(lines: Lines, value: str, *, normal: bool = False) -> tuple[str, str]:
    """Return f and e, ``value`` (positive) being (1 + f) * 2^e with 1 + f from 1/sqrt(2) to sqrt(2)."""
    bias = lines.constant(2.0**52 + 1023)
    if not normal:
        tiny = lines.compare("olt", value, lines.constant(SMALLEST_NORMAL))
        value = lines.select(tiny, lines.arithmetic("fmul", value, lines.constant(2.0**54)), value)
        bias = lines.select(tiny, lines.constant(2.0**52 + 1023 + 54), bias)
    shifted = lines.whole("add", lines.bits(value), lines.whole_constant(0x3FF0000000000000 - SQRT_HALF_BITS))
    exponent = lines.whole("lshr", shifted, lines.whole_constant(52))
    as_double = lines.number(lines.whole("or", exponent, lines.whole_constant(0x4330000000000000)))
    mantissa = lines.whole("and", shifted, lines.whole_constant(0x000FFFFFFFFFFFFF))
    reduced = lines.number(lines.whole("add", mantissa, lines.whole_constant(SQRT_HALF_BITS)))
    return lines.arithmetic("fsub", reduced, lines.constant(1.0)), lines.arithmetic("fsub", as_double, bias)


def _logarithm(width: int) -> str:
    lines = Lines(width)
    lines.branch(_usual(lines, "%x"), "any")
    lines.block("any", _plain_logarithm(lines, normal=True))
    result = _plain_logarithm(lines, normal=False)
    result = lines.select(lines.compare("olt", "%x", lines.constant(float("inf"))), result, "%x")
    zero = lines.compare("oeq", "%x", lines.constant(0.0))
    undefined = lines.select(zero, lines.constant(float("-inf")), lines.constant(float("nan")))
    result = lines.select(lines.compare("ogt", "%x", lines.constant(0.0)), result, undefined)
    return lines.function("log", ("%x",), result)


def _usual(lines: Lines, value: str) -> str:
    """Return whether ``value`` is positive, finite and no subnormal number in every lane."""
    normal = lines.compare("oge", value, lines.constant(SMALLEST_NORMAL))
    return lines.everywhere(lines.both(normal, lines.compare("olt", value, lines.constant(float("inf")))))


def _plain_logarithm(lines: Lines, *, normal: bool) -> str:
    part, exponent = _parts(lines, "%x", normal=normal)
    ratio = lines.arithmetic("fdiv", part, lines.arithmetic("fadd", part, lines.constant(2.0)))
    square = lines.arithmetic("fmul", ratio, ratio)
    tail = lines.arithmetic("fmul", square, _polynomial(lines, square, LOGARITHM))
    half_square = lines.arithmetic("fmul", lines.arithmetic("fmul", part, lines.constant(0.5)), part)
    small = lines.arithmetic("fmul", exponent, lines.constant(LN_2_SHORT[1]))
    inner = lines.fused(ratio, lines.arithmetic("fadd", half_square, tail), small)
    outer = lines.arithmetic("fsub", lines.arithmetic("fsub", half_square, inner), part)
    return lines.fused(exponent, lines.constant(LN_2_SHORT[0]), lines.negative(outer))


def _power(width: int) -> str:
    lines = Lines(width)
    infinite = lines.constant(float("inf"))
    lines.branch(_usual(lines, "%x"), "any")
    product, rest = _exponent(lines, *_long_logarithm(lines, "%x", normal=True))
    lines.branch(_plain_exponent(lines, product), "any")
    lines.block("any", _plain_exponential(lines, product, rest))
    size = lines.call("fabs", "%x")
    high, low = _long_logarithm(lines, size)
    high = lines.select(lines.compare("olt", size, infinite), high, size)
    high = lines.select(lines.compare("oeq", size, lines.constant(0.0)), lines.constant(float("-inf")), high)
    product, rest = _exponent(lines, high, low)
    finite = lines.compare("olt", lines.call("fabs", product), lines.constant(1000.0))
    result = _scaled_exponential(lines, product, lines.select(finite, rest, lines.constant(0.0)))
    one = lines.either(lines.compare("oeq", size, lines.constant(1.0)), lines.compare("oeq", "%y", lines.constant(0.0)))
    return lines.function("pow", ("%x", "%y"), _signed_power(lines, lines.select(one, lines.constant(1.0), result)))


def _exponent(lines: Lines, high: str, low: str) -> tuple[str, str]:
    """Return y times a logarithm in two parts, in two parts."""
    product = lines.arithmetic("fmul", "%y", high)
    return product, lines.fused("%y", low, lines.fused("%y", high, lines.negative(product)))


def _long_logarithm(lines: Lines, value: str, *, normal: bool = False) -> tuple[str, str]:
    """Return the logarithm of a positive ``value`` in two parts, right to about 2^-56 of it."""
    part, exponent = _parts(lines, value, normal=normal)
    base = lines.arithmetic("fadd", part, lines.constant(2.0))
    base_rest = lines.arithmetic("fsub", part, lines.arithmetic("fsub", base, lines.constant(2.0)))
    inverse = lines.arithmetic("fdiv", lines.constant(1.0), base)
    ratio = lines.arithmetic("fmul", part, inverse)
    missing = lines.fused(lines.negative(ratio), base, part)
    missing = lines.fused(lines.negative(ratio), base_rest, missing)
    ratio_rest = lines.arithmetic("fmul", missing, inverse)
    square = lines.arithmetic("fmul", ratio, ratio)
    cube = lines.arithmetic("fmul", square, ratio)
    tail = lines.arithmetic("fmul", cube, _polynomial(lines, square, LOGARITHM))
    twice = lines.arithmetic("fadd", ratio, ratio)
    first = lines.arithmetic("fmul", exponent, lines.constant(LN_2_SHORT[0]))
    high = lines.arithmetic("fadd", first, twice)
    low = lines.arithmetic("fadd", lines.arithmetic("fsub", first, high), twice)
    low = lines.fused(exponent, lines.constant(LN_2_SHORT[1]), low)
    low = lines.arithmetic("fadd", lines.fused(lines.constant(2.0), ratio_rest, low), tail)
    whole = lines.arithmetic("fadd", high, low)
    return whole, lines.arithmetic("fadd", lines.arithmetic("fsub", high, whole), low)


def _signed_power(lines: Lines, size: str) -> str:
    """Return ``size``, |x|^y, with the sign of x^y: undefined for negative x unless y is whole, negative where it is odd."""
    whole = lines.compare("oeq", lines.call("trunc", "%y"), "%y")
    half = lines.arithmetic("fmul", "%y", lines.constant(0.5))
    uneven = lines.compare("une", lines.call("trunc", half), half)
    below_zero = lines.negative_bit("%x")
    turned = lines.both(lines.both(whole, uneven), below_zero)
    signed = lines.select(turned, lines.negative(size), size)
    below = lines.both(
        lines.compare("olt", "%x", lines.constant(0.0)), lines.compare("ogt", "%x", lines.constant(float("-inf")))
    )
    known = lines.either(whole, lines.compare("oeq", "%y", lines.constant(0.0)))
    undefined = lines.both(below, lines.opposite(known))
    return lines.select(undefined, lines.constant(float("nan")), signed)
