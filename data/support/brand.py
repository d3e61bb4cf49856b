"""
The facts of Tarnlea, the invented brand of the demonstration sets, in one place.

Rows and guide are both filled in from here, so a correct row cannot disagree with the guide. What a fact means is
said by the key; how it is worded in a sentence is the business of the text files beside this module.
"""

from typing import Final

Facts = dict[str, str]

REGIONS: Final[dict[str, Facts]] = {
    "uk": {
        "land": "the UK",
        "window": "30 days",
        "refund": "5 working days",
        "label": "free",
        "ship_time": "2 to 3 working days",
        "ship_cost": "£3.90",
        "free_over": "£50",
        "plus_month": "£4.49",
        "plus_year": "£44",
        "family_month": "£6.99",
        "family_year": "£69",
        "filter_price": "£34",
    },
    "eu": {
        "land": "the EU",
        "window": "30 days",
        "refund": "5 working days",
        "label": "free",
        "ship_time": "3 to 5 working days",
        "ship_cost": "€4.90",
        "free_over": "€60",
        "plus_month": "€4.99",
        "plus_year": "€49",
        "family_month": "€7.99",
        "family_year": "€79",
        "filter_price": "€39",
    },
    "us": {
        "land": "the US",
        "window": "45 days",
        "refund": "10 working days",
        "label": "$7.95",
        "ship_time": "4 to 7 working days",
        "ship_cost": "$6.90",
        "free_over": "$75",
        "plus_month": "$5.49",
        "plus_year": "$54",
        "family_month": "$8.99",
        "family_year": "$89",
        "filter_price": "$42",
    },
    "ca": {
        "land": "Canada",
        "window": "45 days",
        "refund": "10 working days",
        "label": "C$9.95",
        "ship_time": "6 to 9 working days",
        "ship_cost": "C$11.90",
        "free_over": "C$120",
    },
    "au": {
        "land": "Australia",
        "window": "30 days",
        "refund": "10 working days",
        "label": "A$12.50",
        "ship_time": "8 to 12 working days",
        "ship_cost": "A$14.90",
        "free_over": "A$150",
    },
}

PLACES: Final[dict[str, tuple[str, ...]]] = {
    "uk": ("Leeds", "Bristol", "Cardiff", "Glasgow", "Norwich", "Belfast"),
    "eu": ("Ghent", "Lyon", "Porto", "Graz", "Utrecht", "Dublin", "Turin"),
    "us": ("Tucson", "Ohio", "Portland", "upstate New York", "Atlanta", "Duluth"),
    "ca": ("Halifax", "Ottawa", "Calgary", "Winnipeg"),
    "au": ("Perth", "Hobart", "Brisbane", "Adelaide"),
}

PRODUCTS: Final[dict[str, Facts]] = {
    "brook": {
        "name": "Brook kettle",
        "warranty": "2 years",
        "price_uk": "£79",
        "price_eu": "€89",
        "price_us": "$99",
        "volume": "1.5 litres",
        "keep_warm": "40 minutes",
        "descale_every": "2 months",
        "citric": "20 g of citric acid",
        "soak": "15 minutes",
        "volts": "220 to 240 V",
    },
    "alder": {
        "name": "Alder air purifier",
        "warranty": "3 years",
        "price_uk": "£219",
        "price_eu": "€249",
        "price_us": "$279",
        "room": "45 m²",
        "filter_life": "8 months",
        "prefilter_every": "2 weeks",
        "night": "24 dB",
        "filter_hold": "5 seconds",
    },
    "moss": {
        "name": "Moss dehumidifier",
        "warranty": "3 years",
        "price_uk": "£179",
        "price_eu": "€199",
        "per_day": "12 litres a day",
        "tank": "3.5 litres",
        "hose": "1.2 m",
        "min_temp": "5 °C",
    },
    "wren": {
        "name": "Wren speaker",
        "warranty": "2 years",
        "price_uk": "£109",
        "price_eu": "€129",
        "price_us": "$139",
        "battery": "18 hours",
        "charge": "3 hours",
        "water": "IP67",
    },
    "mini": {
        "name": "Wren Mini",
        "warranty": "2 years",
        "price_uk": "£59",
        "price_eu": "€69",
        "price_us": "$75",
        "battery": "11 hours",
        "charge": "2 hours",
        "water": "IPX5",
    },
    "pinch": {
        "name": "Pinch scale",
        "warranty": "1 year",
        "price_uk": "£39",
        "price_eu": "€45",
        "price_us": "$49",
        "limit": "5 kg",
        "step": "1 g",
        "battery": "9 months",
        "unit_hold": "2 seconds",
    },
}

FACTS: Final[Facts] = {
    "express_uk": "£8.50",
    "express_us": "$18",
    "express_us_time": "2 working days",
    "cutoff": "14:00",
    "change_time": "2 hours",
    "damage_days": "7 days",
    "replace_time": "2 working days",
    "lost_after": "8 working days",
    "search_time": "3 working days",
    "part_days": "14 days",
    "promise_days": "14 days",
    "student": "10 %",
    "card_valid": "36 months",
    "card_values": "25, 50 or 100",
    "second_off": "25 %",
    "second_warranty": "12 months",
    "battery_floor": "70 %",
    "repair_time": "10 working days",
    "family_size": "6 people",
    "history_basic": "30 days",
    "history_plus": "24 months",
    "filter_off": "15 %",
    "trial": "21 days",
    "year_refund": "14 days",
    "retry_days": "3 days",
    "export_days": "7 days",
    "delete_days": "30 days",
    "data_home": "Ireland",
    "min_age": "16",
    "chat_week": "08:00 to 20:00",
    "chat_sat": "09:00 to 16:00",
    "phone": "09:00 to 17:00",
    "mail_time": "1 working day",
    "safety_call": "4 hours",
    "billing_time": "2 working days",
    "security_time": "1 working day",
    "manager_over": "£150",
    "bulk_units": "10 units",
    "bulk_off": "12 %",
    "bulk_reply": "2 working days",
    "reset_hold": "10 seconds",
    "ios": "iOS 16",
    "android": "Android 10",
    "link_valid": "30 minutes",
    "mail": "help@tarnlea.example",
}


def short_name(product: str) -> str:
    """Return what customers call the product: `Wren`, `Wren Mini`, `Alder`."""
    name = PRODUCTS[product]["name"]
    return name if product == "mini" else name.split()[0]


def every_fact() -> list[str]:
    """Return every wording of a fact that the guide has to contain, without repeats, in a fixed order."""
    groups = [FACTS, *REGIONS.values(), *PRODUCTS.values()]
    return list(dict.fromkeys(value for group in groups for value in group.values()))
