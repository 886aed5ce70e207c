#!/usr/bin/env python3
"""Makes the tables of spoken forms beside this file: what `rappel say` must print, by an author that
has never seen the engine's code. LANG FORMAT VALUE NOW WORDS, separated by tabs.

    python3 -m venv V && V/bin/pip install num2words==0.5.14 && V/bin/python make_tables.py

num2words knows numbers, ordinals and years. Everything else is written down here from docs/flows.md
section 5 and from grammar. Where num2words is wrong, it is corrected, and the comment says by what rule.
"""

import datetime as dt
import random
import re
from pathlib import Path

from num2words import num2words

HERE = Path(__file__).parent
R = random.Random(20261122)

FRENCH = ["fr-FR", "fr-BE", "fr-CH", "fr-CA"]
ENGLISH = ["en-GB", "en-US"]
NOWS = [
    "2026-11-24T09:00", "2026-12-31T23:30", "2027-01-01T00:00", "2028-02-28T12:00",
    "2026-03-28T18:45", "2026-02-27T08:05", "2026-06-30T16:20",
]

# ---------------------------------------------------------------------------------------- numbers


def regional(words, lang):
    """French of France turned into that of a region: 70-79 and 90-99, and in the variant with
    huitante 80-89. num2words' own fr_BE and fr_CH are used for these tens only: on larger numbers
    they write "deux cents mille", "un millions" and "quatre-vingt et un", which nobody says."""
    tens = []
    if lang in ("fr-BE", "fr-CH", "huitante"):
        tens += [(n, "fr_BE") for n in [*range(70, 80), *range(90, 100)]]
    if lang == "huitante":
        tens += [(n, "fr_CH") for n in range(80, 90)]
    pairs = [(num2words(n, lang="fr"), num2words(n, lang=source)) for n, source in tens]
    if lang == "huitante":
        pairs.append(("quatre-vingt", "huitante"))  # before mille, without its s
    for french, local in sorted(pairs, key=lambda pair: -len(pair[0])):
        words = re.sub(rf"(?<![-\w]){french}(?![-\w]| et onze)", local, words)
    return words


def cardinal(n, lang, feminine=False):
    if n < 0:
        return ("moins " if lang[:2] in ("fr", "hu") else "minus ") + cardinal(-n, lang, feminine)
    if lang.startswith("en"):
        # Commas are for readers; Americans leave out the "and".
        words = num2words(n, lang="en").replace(",", "")
        return words.replace(" and ", " ") if lang == "en-US" else words
    words = regional(num2words(n, lang="fr"), lang)
    if feminine:
        # Only the last "un" agrees: mille and million are counted in the masculine.
        words = re.sub(r"(?<!\w)un$", "une", words)
    return words


def ordinal(n, lang, feminine=False):
    if lang.startswith("en"):
        words = num2words(n, lang="en", to="ordinal").replace(",", "")
        return words.replace(" and ", " ") if lang == "en-US" else words
    if n == 1:
        return "première" if feminine else "premier"
    if n == 1_000_000:
        return "millionième"  # num2words: "un millionième", which is a fraction
    if n == 1_000:
        return "millième"
    last = cardinal(n, lang)
    # num2words keeps the plural s before -ième ("deux centsième", "quatre-vingtsième"); and before
    # millionième nothing agrees, as before millième.
    last = re.sub(r"\b(cent|vingt)s( millions)$", r"\1\2", last)
    last = re.sub(r"(cent|vingt|million)s$", r"\1", last)
    if last.endswith("cinq"):
        return last + "uième"
    if last.endswith("neuf"):
        return last[:-1] + "vième"
    return re.sub(r"e$", "", last) + "ième"


def year(n, lang):
    if lang.startswith("en"):
        words = num2words(n, lang="en", to="year").replace("oh-", "oh ").replace(",", "")
        return words.replace(" and ", " ") if lang == "en-US" else words
    return cardinal(n, lang)


# ---------------------------------------------------------------------------------- times and days

FR_DAYS = "lundi mardi mercredi jeudi vendredi samedi dimanche".split()
EN_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
FR_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
)
EN_MONTHS = (
    "January February March April May June July August September October November December".split()
)


def clock_en(h, m, lang):
    words = cardinal((h + 11) % 12 + 1, lang)
    if m:
        words += " " + ("oh " if m < 10 else "") + cardinal(m, lang)
    return words


def time(t, lang):
    h, m = t.hour, t.minute
    if lang.startswith("en"):
        return clock_en(h, m, lang) + (" a.m." if h < 12 else " p.m.")
    words = {0: "minuit", 12: "midi", 1: "une heure"}.get(h)
    words = words or cardinal(h, lang, True) + " heures"
    return words + (" " + cardinal(m, lang, True) if m else "")


def date(d, lang, now):
    if lang == "en-US":
        words = f"{EN_DAYS[d.weekday()]} {EN_MONTHS[d.month - 1]} {ordinal(d.day, lang)}"
    elif lang.startswith("en"):
        words = f"{EN_DAYS[d.weekday()]} the {ordinal(d.day, lang)} of {EN_MONTHS[d.month - 1]}"
    else:
        day = "premier" if d.day == 1 else cardinal(d.day, lang)
        words = f"{FR_DAYS[d.weekday()]} {day} {FR_MONTHS[d.month - 1]}"
    return words if d.year == now.year else f"{words} {year(d.year, lang)}"


def day(d, lang, now):
    ahead = (d - now.date()).days
    if ahead in (0, 1):
        english = lang.startswith("en")
        return (("today", "tomorrow") if english else ("aujourd'hui", "demain"))[ahead]
    return date(d, lang, now)


def moment(at, lang, now):
    return f"{day(at.date(), lang, now)} {'at' if lang[0] == 'e' else 'à'} {time(at.time(), lang)}"


def window(a, b, lang, now):
    if a == b:
        return moment(a, lang, now)
    english = lang.startswith("en")
    between, both = ("between", "and") if english else ("entre", "et")
    # Midnight at the end belongs to the evening: "between ten p.m. and twelve a.m.".
    last_day = (b - dt.timedelta(minutes=1)).date() if b.time() == dt.time(0) else b.date()
    if a.date() != last_day:
        return f"{between} {moment(a, lang, now)} {both} {moment(b, lang, now)}"
    if not english:
        return f"{day(a.date(), lang, now)} entre {time(a.time(), lang)} et {time(b.time(), lang)}"
    first = time(a.time(), lang)
    if (a.hour < 12) == (b.hour < 12) and a.date() == b.date():
        first = clock_en(a.hour, a.minute, lang)
    return f"{day(a.date(), lang, now)} between {first} and {time(b.time(), lang)}"


# ------------------------------------------------------------------------------- lengths and waits


def counted(n, lang, one, many=None, feminine=False):
    """French is singular below two, English at one only."""
    single = n == 1 if lang.startswith("en") else n < 2
    return f"{cardinal(n, lang, feminine)} {one if single else many or one + 's'}"


def two(whole, unit, rest, smaller, lang):
    english = lang.startswith("en")
    if rest == 30:
        if english:
            return f"{cardinal(whole, lang)} and a half {unit}s"
        return counted(whole, lang, unit, None, True) + " et demie"
    words = counted(whole, lang, unit, None, not english)
    if rest:
        words += (" and " if english else " et ") + counted(rest, lang, smaller, None, not english)
    return words


def duration(s, lang):
    english = lang.startswith("en")
    hour, minute, second = ("hour", "minute", "second") if english else ("heure", "minute", "seconde")
    if s < 60:
        return counted(s, lang, second, None, not english)
    if s < 600:
        return two(s // 60, minute, s % 60, second, lang)
    m = (s + 30) // 60
    if m < 60:
        return counted(m, lang, minute, None, not english)
    if m % 1440 == 0 and m >= 2880:
        return counted(m // 1440, lang, "day" if english else "jour")
    return two(m // 60, hour, m % 60, minute, lang)


def limit(word, minutes, lang):
    words = duration(minutes * 60, lang)
    if lang.startswith("en"):
        less = word == "less" and minutes == 1
        return "at less than a minute" if less else f"at {word} than {words}"
    de = "d'" if words.startswith("une ") else "de "
    return f"à {'moins' if word == 'less' else 'plus'} {de}{words}"


def between(low, high, lang, ceiling=45 * 60):
    english = lang.startswith("en")
    floor, ceil = low // 60, -(-high // 60)
    if low < 60:
        return limit("less", max(ceil, 1), lang)
    if high > ceiling:
        return limit("more", ceiling // 60 if low > ceiling else floor, lang)
    if floor == ceil:
        return ("at " if english else "à ") + duration(floor * 60, lang)
    if english:
        return f"at {cardinal(floor, lang)} to {counted(ceil, lang, 'minute')}"
    return f"entre {cardinal(floor, lang, True)} et {counted(ceil, lang, 'minute', None, True)}"


# ------------------------------------------------------------------------------------------- money

FR_MONEY = {
    "EUR": ("euro", "euros", "centime", "centimes", False),
    "GBP": ("livre sterling", "livres sterling", "penny", "pence", True),
    "USD": ("dollar", "dollars", "cent", "cents", False),
    "CAD": ("dollar canadien", "dollars canadiens", "cent", "cents", False),
    "CHF": ("franc suisse", "francs suisses", "centime", "centimes", False),
}
EN_MONEY = {
    "EUR": ("euro", "euros", "cent", "cents", False),
    "GBP": ("pound", "pounds", "penny", "pence", False),
    "USD": ("dollar", "dollars", "cent", "cents", False),
    "CAD": ("Canadian dollar", "Canadian dollars", "cent", "cents", False),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes", False),
}


def money(cents, currency, lang):
    english = lang.startswith("en")
    one, many, cent, cents_, feminine = (EN_MONEY if english else FR_MONEY)[currency]
    if lang in ("fr-CH", "huitante") and currency == "CHF":
        one, many = "franc", "francs"
    if lang == "fr-CA" and currency == "CAD":
        one, many = "dollar", "dollars"
    if lang == "fr-CA" and currency == "USD":
        one, many = "dollar américain", "dollars américains"
    minus = "" if cents >= 0 else "minus " if english else "moins "
    whole, rest = divmod(abs(cents), 100)
    parts = []
    if whole or not rest:
        words = counted(whole, lang, one, many, feminine)
        if not english and whole >= 1_000_000 and whole % 1_000_000 == 0:
            # Million is a noun: un million d'euros, but deux cent mille euros.
            words = cardinal(whole, lang) + (" d'" if many[0] in "aeiou" else " de ") + many
        parts.append(words)
    if rest:
        parts.append(counted(rest, lang, cent, cents_))
    return minus + (" and " if english else " et ").join(parts)


# ------------------------------------------------------------------------- telephones, digits, letters


def one_by_one(digits, lang):
    return " ".join(cardinal(int(c), lang) for c in digits)


def group_fr(group, lang):
    zeros = len(group) - len(group.lstrip("0"))
    rest = group.lstrip("0")
    words = [cardinal(0, lang)] * zeros + ([cardinal(int(rest), lang)] if rest else [])
    return " ".join(words)


def cut(digits, sizes):
    out = []
    for size in sizes:
        out.append(digits[:size])
        digits = digits[size:]
    return out


HOME = {"fr-FR": "33", "fr-BE": "32", "fr-CH": "41", "fr-CA": "1", "en-GB": "44", "en-US": "1"}


def phone(code, rest, lang):
    """`rest` is what follows the country code of a number in E.164."""
    digitwise = lang.startswith("en") or lang == "fr-CA"
    if HOME[lang] != code:
        groups = ([rest[0]] if len(rest) % 2 else []) + re.findall("..", rest[len(rest) % 2 :])
        say = one_by_one if lang.startswith("en") else group_fr
        return ", ".join([f"plus {cardinal(int(code), lang)}"] + [say(g, lang) for g in groups])
    national = rest if code == "1" else "0" + rest
    if code == "33":
        groups = re.findall("..", national)
    elif code == "32":
        mobile = len(national) == 10
        city = national[1] in "2349"
        groups = cut(national, [4, 2, 2, 2] if mobile else [2, 3, 2, 2] if city else [3, 2, 2, 2])
    elif code == "41":
        groups = cut(national, [3, 3, 2, 2])
    elif code == "1":
        groups = cut(national, [3, 3, 4])
    elif national.startswith("02"):
        groups = cut(national, [3, 4, 4])
    elif re.match("0(1.1|11|3|8|9)", national):
        groups = cut(national, [4, 3, 4])
    else:
        groups = cut(national, [5, 3, 3])
    say = one_by_one if digitwise else group_fr
    return ", ".join(say(group, lang) for group in groups)


FR_MARKS = {"*": "étoile", "#": "dièse", "-": "tiret", ".": "point", "@": "arobase",
            "_": "tiret bas", "/": "barre oblique", "'": "apostrophe", "+": "plus"}
EN_MARKS = {"*": "star", "#": "hash", "-": "dash", ".": "dot", "@": "at",
            "_": "underscore", "/": "slash", "'": "apostrophe", "+": "plus"}
FR_ACCENTS = {"é": "e accent aigu", "è": "e accent grave", "ê": "e accent circonflexe",
              "ë": "e tréma", "à": "a accent grave", "â": "a accent circonflexe", "ç": "c cédille",
              "î": "i accent circonflexe", "ï": "i tréma", "ô": "o accent circonflexe",
              "ö": "o tréma", "ù": "u accent grave", "û": "u accent circonflexe", "ü": "u tréma"}
PLAIN = dict(zip("éèêëàâçîïôöùûü", "eeeeaaciioouuu"))


def spell(text, lang):
    english = lang.startswith("en")
    out = []
    for c in text.lower():
        if c.isdigit():
            out.append(cardinal(int(c), lang))
        elif c in PLAIN:
            out.append(PLAIN[c] if english else FR_ACCENTS[c])
        elif c in FR_MARKS:
            out.append((EN_MARKS if english else FR_MARKS)[c])
        elif c != " ":
            out.append(c)
    return ", ".join(out)


def digits(text, lang):
    marks = EN_MARKS if lang.startswith("en") else FR_MARKS
    return ", ".join(cardinal(int(c), lang) if c.isdigit() else marks[c] for c in text)


# ------------------------------------------------------------------------------------------ values


def some_numbers(count):
    yield from range(0, 1_100)
    edges = [10**k + d for k in range(3, 9) for d in (-1, 0, 1)]
    yield from [n for n in edges if n >= 1_100] + [999_999_999, 80_000, 200_000, 80_000_000, 200_000_000]
    yield from [80_080, 200_200, 300_080, 1_000_080, 71_071, 91_091, 81_081, 1_001_000, 100_100_100]
    for _ in range(count):
        yield R.randrange(10 ** R.randint(4, 9))


def local(at):
    return at.strftime("%Y-%m-%dT%H:%M")


def days_around(now):
    near = [now.date() + dt.timedelta(days=n) for n in (-2, -1, 0, 1, 2, 3, 6, 7, 8)]
    far = [now.date() + dt.timedelta(days=R.randint(-500, 3_000)) for _ in range(60)]
    odd = [dt.date(y, m, d) for y, m, d in ((1999, 12, 31), (2000, 2, 29), (2005, 5, 1), (2100, 1, 1),
                                           (1900, 3, 1), (1905, 8, 9), (2010, 10, 10), (2101, 1, 11))]
    firsts = [dt.date(now.year, m, 1) for m in range(1, 13)]
    return near + far + odd + firsts


def rows_of_numbers(lang, more):
    for n in some_numbers(more):
        yield "number", str(n), "", cardinal(n, lang)
    for n in [1, 7, 21, 80, 1_000_000] + [R.randrange(10**6) for _ in range(20)]:
        yield "number", str(-n), "", cardinal(-n, lang)
    if not lang.startswith("en"):
        for n in [*range(0, 200), *range(201, 2_000, 10), *[R.randrange(10**9) // 10 * 10 + 1 for _ in range(60)]]:
            yield "number:f", str(n), "", cardinal(n, lang, True)
    for n in [*range(0, 400), *[R.randrange(10 ** R.randint(3, 9)) for _ in range(150)],
              1_000, 2_000, 80_000, 200_000, 10**6, 2 * 10**6, 80 * 10**6, 200 * 10**6, 10**6 + 1, 1_001]:
        yield "ordinal", str(n), "", ordinal(n, lang)
    for n in [1, 2, 21, 101, 1_001]:
        yield "ordinal:f", str(n), "", ordinal(n, lang, True)


def rows_of_days(lang, times):
    for minute in range(0, 1_440, times):
        at = dt.time(minute // 60, minute % 60)
        yield "time", at.strftime("%H:%M"), "", time(at, lang)
    for written in NOWS:
        now = dt.datetime.fromisoformat(written)
        for d in days_around(now):
            yield "date", d.isoformat(), written, date(d, lang, now)
            yield "day", d.isoformat(), written, day(d, lang, now)
            at = dt.datetime.combine(d, dt.time(R.randrange(24), R.choice((0, 0, 5, 15, 30, R.randrange(60)))))
            yield "moment", local(at), written, moment(at, lang, now)
            if R.random() < 0.2:
                yield "time", local(at), written, time(at.time(), lang)
        for _ in range(110):
            d = now.date() + dt.timedelta(days=R.choice((0, 0, 1, 1, 2, 5, R.randrange(400))))
            a = dt.datetime.combine(d, dt.time(R.randrange(24), R.choice((0, 10, 15, 20, 30, 45, R.randrange(60)))))
            b = a + dt.timedelta(minutes=R.choice((0, 10, 15, 20, 20, 30, 60, 120, 240, R.randrange(1_800))))
            short = f"{b.hour:02}:{b.minute:02}" if b - a < dt.timedelta(days=1) else local(b)
            written_window = f"{local(a)}/{short if R.random() < 0.6 else local(b)}"
            yield "window", written_window, written, window(a, b, lang, now)


def written_length(s):
    out = ""
    for letter, unit in (("h", 3_600), ("m", 60), ("s", 1)):
        if s >= unit:
            out += f"{s // unit}{letter}"
            s %= unit
    return out or "0s"


def rows_of_lengths(lang):
    lengths = [*range(0, 130), *range(130, 700, 7), *range(700, 8_000, 97), 3_570, 3_600, 5_400, 86_400,
               172_800, 180_000, 259_200, 604_800, *[R.randrange(100_000) for _ in range(120)]]
    for s in lengths:
        yield "duration", written_length(s), "", duration(s, lang)
    ends = [0, 1, 30, 59, 60, 61, 119, 120, 121, 240, 299, 300, 419, 420, 599, 600, 1_259, 1_260, 1_800,
            2_640, 2_641, 2_699, 2_700, 2_701, 2_760, 3_600, 5_400, 7_200]
    for i, low in enumerate(ends):
        for high in ends[i:]:
            yield "between", f"{written_length(low)}/{written_length(high)}", "", between(low, high, lang)
    for _ in range(200):
        low = R.randrange(3_000)
        high = low + R.randrange(900)
        yield "between", f"{written_length(low)}/{written_length(high)}", "", between(low, high, lang)


def rows_of_money(lang):
    whole = [0, 1, 2, 11, 21, 71, 80, 81, 91, 100, 101, 200, 280, 1_000, 1_001, 2_000, 80_000, 200_000,
             10**6, 10**6 + 1, 2 * 10**6, 80 * 10**6, 200 * 10**6, 10**6 + 1_000, 999_999_999]
    for currency in FR_MONEY:
        amounts = [w * 100 + c for w in whole for c in (0, 1, 50)]
        amounts += [R.randrange(10 ** R.randint(2, 8)) for _ in range(60)] + [-R.randrange(10**5) for _ in range(4)]
        for a in amounts:
            sign = "-" if a < 0 else ""
            text = f"{sign}{abs(a) // 100}" + (f".{abs(a) % 100:02}" if abs(a) % 100 else "")
            yield "money", f"{text} {currency}", "", money(a, currency, lang)


def rows_of_marks(lang):
    plans = [("33", 9), ("32", 9), ("32", 8), ("41", 9), ("1", 10), ("44", 10), ("49", 10), ("352", 9), ("7", 10)]
    for code, length in plans:
        for _ in range(30):
            rest = str(R.randint(1, 9)) + "".join(str(R.randrange(10)) for _ in range(length - 1))
            if code == "32" and length == 9:
                rest = "4" + rest[1:]
            yield "phone", f"+{code}{rest}", "", phone(code, rest, lang)
    for _ in range(120):
        text = "".join(R.choice("0123456789*#") for _ in range(R.randint(1, 12)))
        yield "digits", text, "", digits(text, lang)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789éèêëàâçîïôöùûü-.@_/'"
    for _ in range(120):
        text = "".join(R.choice(letters) for _ in range(R.randint(1, 10)))
        yield "spell", text, "", spell(text, lang)


def rows(lang, more, times):
    yield from rows_of_numbers(lang, more)
    yield from rows_of_days(lang, times)
    yield from rows_of_lengths(lang)
    yield from rows_of_money(lang)
    if lang != "huitante":
        yield from rows_of_marks(lang)


def write(name, langs, more, times):
    lines = []
    for i, lang in enumerate(langs):
        tag = "fr-CH" if lang == "huitante" else lang
        # What every region says alike is spelled out for the first of them, and sampled for the others.
        for row in rows(lang, more, times if i == 0 else 13):
            if i == 0 or len(langs) == 2 or R.random() < 0.45 or row[0] in ("phone", "money"):
                lines.append("\t".join((tag, *row)))
    seen = list(dict.fromkeys(lines))
    (HERE / name).write_text("\n".join(seen) + "\n", encoding="utf-8")
    print(name, len(seen), "rows")


if __name__ == "__main__":
    write("fr.tsv", FRENCH, 500, 1)
    write("en.tsv", ENGLISH, 500, 1)
    write("huitante.tsv", ["huitante"], 300, 60)
