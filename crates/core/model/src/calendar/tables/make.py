#!/usr/bin/env python3
"""Makes holidays-2020-2040.tsv: the public holidays against which the engine's own are proved.

They come from the package `holidays` of PyPI, which knows nothing of this project:

    python3 -m venv /tmp/holidays && /tmp/holidays/bin/pip install holidays==0.109
    /tmp/holidays/bin/python make.py > holidays-2020-2040.tsv

A line is a region, a date and the package's own name of the day, by tabs. Where the package lists
days that the law does not, they are left out below, each with its source.
"""

import holidays

REGIONS = {
    "FR": ("FR", None),
    "FR-57": ("FR", "57"),
    "FR-67": ("FR", "6AE"),  # Alsace: Bas-Rhin and Haut-Rhin
    "FR-68": ("FR", "6AE"),
    "BE": ("BE", None),
    "CH": ("CH", None),
    "CH-GE": ("CH", "GE"),
    "CH-VD": ("CH", "VD"),
    "CH-ZH": ("CH", "ZH"),
    "LU": ("LU", None),
    "DE": ("DE", None),
    "DE-BW": ("DE", "BW"),
    "DE-BY": ("DE", "BY"),
    "DE-NW": ("DE", "NW"),
    "GB-ENG": ("GB", "ENG"),
    "GB-WLS": ("GB", "WLS"),
    "GB-SCT": ("GB", "SCT"),
    "GB-NIR": ("GB", "NIR"),
    "IE": ("IE", None),
    "CA-ON": ("CA", "ON"),
    "CA-QC": ("CA", "QC"),
    "US": ("US", None),
}

YEARS = range(2020, 2041)


def is_law(region: str, name: str) -> bool:
    """Whether the law makes this day a public holiday where the package says so."""
    # Easter and Whit Sunday are none of the ten legal days of Belgium: arrêté royal of 18 April 1974,
    # article 1 (https://www.ejustice.just.fgov.be, numac 1974041803).
    if region == "BE" and name in ("Easter Sunday", "Pentecost"):
        return False
    # Québec fixes another day for two of its holidays alone, when they fall on a Sunday: Loi sur les
    # normes du travail, article 60, paragraph 4 ("le 1er juillet ou, si cette date tombe un dimanche,
    # le 2 juillet"), and Loi sur la fête nationale. https://www.legisquebec.gouv.qc.ca/fr/document/lc/N-1.1
    if region == "CA-QC" and name in ("New Year's Day (observed)", "Christmas Day (observed)"):
        return False
    # Ontario fixes none: the substitute day is agreed (Employment Standards Act, 2000, section 29).
    # https://www.ontario.ca/laws/statute/00e41
    if region == "CA-ON" and name.endswith("(observed)"):
        return False
    return True


def main() -> None:
    for region, (country, part) in REGIONS.items():
        language = {} if country in ("GB", "IE", "US") else {"language": "en_US"}
        days = holidays.country_holidays(country, subdiv=part, years=YEARS, **language)
        for date in sorted(days):
            if date.year not in YEARS:
                continue
            # Two feasts on one day come as "one; other".
            names = [name for name in days[date].split("; ") if is_law(region, name)]
            if names:
                print(region, date, "; ".join(names), sep="\t")


main()
