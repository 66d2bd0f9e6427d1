"""JSON exactly as written by JavaScript: the checksum of a manifest is computed over that text."""

import json
from decimal import Decimal


def javascript(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{javascript(str(key))}:{javascript(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(javascript, value)) + "]"
    return number(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def number(value):
    """A float: Python and JavaScript write the same digits, but switch to exponents at different sizes."""
    if value != value or value in (float("inf"), float("-inf")):
        return "null"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + exponent
    if value == 0:
        return "0"
    if 0 < point <= 21:
        text = text.ljust(point, "0")
        text = text[:point] + ("." + text[point:] if len(text) > point else "")
    elif -6 < point <= 0:
        text = "0." + "0" * -point + text
    else:
        text = text[0] + ("." + text[1:] if len(text) > 1 else "") + f"e{point - 1:+d}"
    return "-" * sign + text
