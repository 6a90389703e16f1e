"""Declared transforms: a small closed list of exact steps that a value takes before it is compared.

A step changes what it understands and leaves everything else exactly as it is, so that what cannot be transformed stays
visibly different. Steps of `transform` are for the old side: the new side has to hold their result.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import MAX_EMAX, MIN_EMIN, ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, DecimalException
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from shadow.errors import ConfigError
from verify.classes import TypeClass
from verify.equality.carriers import read_decimal, read_json, read_uuid
from verify.equality.values import ObjectKey, instant
from verify.nearest import nearest
from verify.store import Value

Reader = Callable[[Value], Value]

_NUMBERS = frozenset({TypeClass.integer, TypeClass.decimal, TypeClass.float})
_TEXT = frozenset({TypeClass.text})
_TIMES = frozenset({TypeClass.timestamp})
_EXACT = Context(prec=60_000, Emax=MAX_EMAX, Emin=MIN_EMIN)
_MOST_PLACES = 1_000
_MOST_US = 10**18
"""Beyond 30,000 years a number is no date."""
_BOOLEANS = {"true": True, "t": True, "yes": True, "y": True, "1": True,
             "false": False, "f": False, "no": False, "n": False, "0": False}  # fmt: skip


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of step. `takes`: the classes of columns it is for; `gives`: the class of its results, None for the same
    one; `make` returns the reader for its argument (None where it has none) and raises ConfigError."""

    takes: frozenset[TypeClass]
    meaning: str
    make: Callable[[str], Reader]
    gives: TypeClass | None = None
    argument: str = ""


def step_of(text: str, where: str) -> tuple[Step, Reader]:
    """Return the kind of a step (`trim`, `round:2`) and the function that does it.

    `where` begins the message of a ConfigError, which names the nearest step for an unknown one.
    """
    name, _, argument = (part.strip() for part in text.partition(":"))
    step = STEPS.get(name)
    if step is None:
        raise ConfigError(f"{where}: there is no step {name!r}.", nearest(name, STEPS))
    if bool(argument) != bool(step.argument):
        written = f"{name}:{step.argument}" if step.argument else name
        raise ConfigError(f"{where}: {text!r} is not how this step is written.", f"Write it as {written}.")
    try:
        return step, step.make(argument)
    except ValueError as error:
        raise ConfigError(f"{where}: {text!r}: {error}", f"Write it as {name}:{step.argument}.") from None


def mapped(pairs: dict[str, str]) -> Reader:
    """Return a reader that puts other text in the place of some values, which are known by their text."""

    def read(value: Value) -> Value:
        if isinstance(value, bool):
            return pairs.get("true" if value else "false", value)
        return pairs.get(str(value), value) if isinstance(value, str | int | Decimal) else value

    return read


def _on_text(change: Callable[[str], Value]) -> Callable[[str], Reader]:
    def make(_argument: str) -> Reader:
        return lambda value: change(value) if isinstance(value, str) else value

    return make


def _number(value: Value) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() and abs(number.adjusted()) < 20_000 else None


def _places(rounding: str) -> Callable[[str], Reader]:
    def make(argument: str) -> Reader:
        unit = Decimal(1).scaleb(-_whole(argument))

        def read(value: Value) -> Value:
            number = _number(value)
            if number is None:
                return value
            try:
                return number.quantize(unit, rounding, context=_EXACT)
            except DecimalException:
                return value

        return read

    return make


def _scale(argument: str) -> Reader:
    power = _whole(argument)

    def read(value: Value) -> Value:
        number = _number(value)
        return value if number is None else number.scaleb(power, context=_EXACT)

    return read


def _whole(argument: str) -> int:
    try:
        places = int(argument)
    except ValueError:
        raise ValueError("the argument is no whole number.") from None
    if abs(places) > _MOST_PLACES:
        raise ValueError(f"beyond {_MOST_PLACES} places.")
    return places


def _since_1970(us: int) -> Callable[[str], Reader]:
    def make(_argument: str) -> Reader:
        def read(value: Value) -> Value:
            number = _number(value)
            if number is None or abs(number) * us > _MOST_US:
                return value
            exact = _EXACT.multiply(number, Decimal(us))
            return instant(int(exact)) if exact == int(exact) else value

        return read

    return make


def _zone(argument: str) -> ZoneInfo:
    if argument not in available_timezones():
        raise ValueError(f"there is no such time zone. {nearest(argument, available_timezones())}")
    return ZoneInfo(argument)


def _assume_zone(argument: str) -> Reader:
    zone = _zone(argument)
    return _of_instants(lambda at: at.replace(tzinfo=zone).astimezone(UTC))


def _to_zone(argument: str) -> Reader:
    zone = _zone(argument)

    def moved(at: datetime) -> datetime:
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(zone).replace(tzinfo=UTC)

    return _of_instants(moved)


def _of_instants(change: Callable[[datetime], datetime]) -> Reader:
    """Return a reader that changes instants, and leaves what is none or would lie beyond the calendar."""

    def read(value: Value) -> Value:
        try:
            return change(value) if isinstance(value, datetime) else value
        except OverflowError:
            return value

    return read


def _boolean(_argument: str) -> Reader:
    def read(value: Value) -> Value:
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal | float):
            return value
        number = _number(value)
        if number is not None:
            return bool(number) if number in (0, 1) else value
        return _BOOLEANS.get(value.strip().lower(), value) if isinstance(value, str) else value

    return read


def _text(_argument: str) -> Reader:
    def read(value: Value) -> Value:
        return str(value) if isinstance(value, int | uuid.UUID | ObjectKey) and not isinstance(value, bool) else value

    return read


STEPS: dict[str, Step] = {
    "trim": Step(takes=_TEXT, make=_on_text(str.strip), meaning="without white space at both ends"),
    "rtrim": Step(takes=_TEXT, make=_on_text(str.rstrip), meaning="without white space at the end"),
    "lower": Step(takes=_TEXT, make=_on_text(str.lower), meaning="in lower case (Unicode's)"),
    "upper": Step(takes=_TEXT, make=_on_text(str.upper), meaning="in upper case (Unicode's)"),
    "casefold": Step(takes=_TEXT, make=_on_text(str.casefold), meaning="without case: `ß` is `ss`"),
    "nfc": Step(
        takes=_TEXT, make=_on_text(lambda text: unicodedata.normalize("NFC", text)), meaning="accents composed (NFC)"
    ),
    "empty_is_null": Step(
        takes=_TEXT, make=_on_text(lambda text: text or None), meaning="empty text counts as NULL"
    ),
    "null_is_empty": Step(
        takes=_TEXT, make=lambda _: lambda value: "" if value is None else value, meaning="NULL counts as empty text"
    ),
    "number": Step(
        takes=_TEXT, gives=TypeClass.decimal, make=lambda _: read_decimal, meaning="text as the number it spells"
    ),
    "text": Step(
        takes=frozenset({TypeClass.integer, TypeClass.uuid, TypeClass.objectid}), gives=TypeClass.text, make=_text,
        meaning="a whole number, UUID or ObjectId as its usual text",
    ),
    "round": Step(
        takes=_NUMBERS, gives=TypeClass.decimal, argument="PLACES", make=_places(ROUND_HALF_UP),
        meaning="rounded to so many decimals, halves away from zero as SQL's numeric; negative: to tens, hundreds …",
    ),
    "truncate": Step(
        takes=_NUMBERS, gives=TypeClass.decimal, argument="PLACES", make=_places(ROUND_DOWN),
        meaning="cut to so many decimals",
    ),
    "scale": Step(
        takes=_NUMBERS, gives=TypeClass.decimal, argument="POWER", make=_scale,
        meaning="times ten to this power, exactly: `scale:-2` makes units of cents",
    ),
    "boolean": Step(
        takes=frozenset({TypeClass.integer, TypeClass.text, TypeClass.decimal, TypeClass.float}),
        gives=TypeClass.boolean, make=_boolean,
        meaning="0 and 1, Y and N, yes and no, T and F, true and false as a boolean",
    ),
    "epoch_s": Step(
        takes=_NUMBERS, gives=TypeClass.timestamp, make=_since_1970(1_000_000),
        meaning="seconds since 1970 UTC as an instant",
    ),
    "epoch_ms": Step(
        takes=_NUMBERS, gives=TypeClass.timestamp, make=_since_1970(1_000),
        meaning="milliseconds since 1970 UTC as an instant",
    ),
    "zone": Step(
        takes=_TIMES, argument="Europe/Berlin", make=_assume_zone,
        meaning="a wall clock reading as the instant it means in this zone; an hour that occurs twice is the first one",
    ),
    "local": Step(
        takes=_TIMES, argument="Europe/Berlin", make=_to_zone, meaning="an instant as what the clocks of this zone show"
    ),
    "uuid": Step(
        takes=frozenset({TypeClass.text, TypeClass.bytes}), gives=TypeClass.uuid, make=lambda _: read_uuid,
        meaning="the texts of a UUID, or 16 bytes, as that UUID",
    ),
    "json": Step(takes=_TEXT, gives=TypeClass.json, make=lambda _: read_json, meaning="text as the JSON document"),
}  # fmt: skip
"""Every step by name."""

