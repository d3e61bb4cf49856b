"""Who asks, from where, about what: the slots of a row, and what the tools of the support desk answer."""

from datetime import date, timedelta
from random import Random

from support.brand import FACTS, PLACES, PRODUCTS, REGIONS, short_name
from support.notation import Intent

Slots = dict[str, str]
Scene = tuple[str, dict[str, object], dict[str, object]]

NAMES = (
    "Marta", "Ewan", "Priya", "Tom", "Aoife", "Lukas", "Hanne", "Joao", "Keisha", "Ruben", "Ingrid", "Samir",
    "Claire", "Dennis", "Yuki", "Beth", "Oskar", "Farah", "Nils", "Rosa", "Callum", "Amara", "Pieter", "Linh",
    "Greta", "Hugo", "Sinead", "Tariq", "Mabel", "Jonas", "Elif", "Noor", "Wendy", "Andre", "Kasia", "Dylan",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
CARRIERS = ("Northvan", "Parcelry", "QuickMule", "Postbird")
DEPOTS = {
    "uk": ("Derby", "Reading", "Stirling"),
    "eu": ("Liège", "Lyon", "Hanover"),
    "us": ("Memphis", "Reno", "Albany"),
    "ca": ("Hamilton", "Regina"),
    "au": ("Geelong", "Newcastle"),
}
COLOURS = ("slate", "sand", "moss green", "white", "brick red")
FINDINGS = {
    "brook": ("a loose cable behind the power button", "a broken switch in the base"),
    "alder": ("a worn fan bearing", "a dust sensor that had come off its clip"),
    "moss": ("a worn fan bearing", "a float switch that sticks"),
    "wren": ("a fault on the charging board", "a loose cable behind the power button"),
    "mini": ("a fault on the charging board", "a torn speaker cone"),
    "pinch": ("a loose contact in the battery case", "a weight sensor that had come off its clip"),
}
KNOWN_ISSUES = (
    ("alder", "rattling at high speed", "rattles at high speed", "a pre-filter that isn't clicked in",
     "take out the pre-filter and press it back in until it clicks"),
    ("alder", "beeps every minute", "beeps every minute", "a cover that isn't fully closed",
     "close the cover until it clicks"),
    ("brook", "lid doesn't close", "won't close its lid", "limescale on the hinge",
     "wipe the hinge with a damp cloth"),
    ("moss", "dark display", "has a dark display", "sleep mode", "touch the display for a second"),
    ("moss", "gurgling noise", "makes gurgling noises", "a bend in the drain hose",
     "lay the hose so that it runs downhill all the way"),
    ("wren", "crackling when loud", "crackles when I turn it up", "dust in the grille",
     "brush the grille with a dry, soft brush"),
    ("mini", "switches off at low volume", "turns itself off when the music is quiet", "the power saver",
     "switch off the power saver in the app"),
    ("pinch", "weight drifts", "shows a different weight every time", "a soft surface under the scale",
     "put it on a hard, level surface and press Tare"),
)  # fmt: skip
FIRST_DAY = date(2025, 1, 27)


def spoken(day: date, *, year: bool = False) -> str:
    """Return a date as a reply says it: `4 March`, with the year where it matters."""
    text = f"{day.day} {MONTHS[day.month - 1]}"
    return f"{text} {day.year}" if year else text


def _pick(rng: Random, options: dict[str, str], key: str, every: list[str]) -> str:
    return rng.choice(options[key].split(",") if options.get(key) else every)


def _days(text: str) -> int:
    return int(text.split(maxsplit=1)[0])


def make_slots(intent: Intent, rng: Random) -> Slots:
    """Draw a customer and their case; every fact in it comes from the brand's facts."""
    region = _pick(rng, intent.options, "region", list(REGIONS))
    sold = [name for name in PRODUCTS if name != "moss" or region not in ("us", "ca")]
    product = _pick(rng, intent.options, "product", sold)
    if intent.name == "ctx_kb_sound":
        product, symptom, complaint, cause, fix = rng.choice(KNOWN_ISSUES)
    else:
        symptom = complaint = cause = fix = ""
    thing, place = PRODUCTS[product], REGIONS[region]
    name = thing["name"]
    start = FIRST_DAY + timedelta(days=rng.randrange(60))
    label = "free" if place["label"] == "free" else f"{place['label']}, which comes off the refund"
    express = (
        f"arrives the next working day if you order before {FACTS['cutoff']}, and costs {FACTS['express_uk']}"
        if region == "uk"
        else f"takes {FACTS['express_us_time']} and costs {FACTS['express_us']}"
    )
    reset = "take out its batteries for a moment" if product == "pinch" else (
        f"hold the power button for {FACTS['reset_hold']} until the light blinks amber"
    )  # fmt: skip
    who = rng.choice(NAMES)
    window = _days(place["window"])
    return {
        **place,
        **thing,
        "region": region,
        "product": product,
        "place": rng.choice(PLACES[region]),
        "place2": rng.choice(PLACES["eu"]),
        "p": name,
        "ps": short_name(product),
        "a_p": f"{'an' if name[0] in 'AEIOU' else 'a'} {name}",
        "spk": rng.choice(("Wren", "Wren Mini")),
        "mains": rng.choice(("Brook", "Alder", "Moss") if region not in ("us", "ca") else ("Brook", "Alder")),
        "price": thing.get(f"price_{region}", ""),
        "label_phrase": label,
        "express_rest": express,
        "reset_step": reset,
        "name": who,
        "order": f"A-{rng.randrange(10000, 99999)}",
        "email": f"{who.lower()}.{rng.choice('abcdefghklmnprstw')}@mail.example",
        "weekday": rng.choice(WEEKDAYS),
        "month": rng.choice(MONTHS[:2] + MONTHS[9:]),
        "bulk": str(rng.choice((12, 15, 20, 24, 30, 40))),
        "serial": f"TL{rng.randrange(1000, 9999)}-{rng.randrange(100, 999)}",
        "repair": f"R-{rng.randrange(1000, 9999)}",
        "kb": str(rng.randrange(100, 400)),
        "carrier": rng.choice(CARRIERS),
        "depot": rng.choice(DEPOTS[region]),
        "colour": rng.choice(COLOURS),
        "finding": rng.choice(FINDINGS[product]),
        "start": start.isoformat(),
        "date": spoken(start),
        "eta_minus": spoken(start + timedelta(days=5)),
        "eta": spoken(start + timedelta(days=7)),
        "days_in": str(rng.randrange(3, window - 3)),
        "days_out": str(window + rng.randrange(2, 25)),
        "symptom": symptom,
        "complaint": complaint,
        "cause": cause,
        "fix": fix,
    }


def tool_scene(intent: Intent, slots: Slots, rng: Random) -> Scene | None:
    """Return (tool, arguments, result) of the row's lookup, adding what the answer says about it to `slots`."""
    makers = {
        "tool_shipped": _shipped,
        "tool_packing": _packing,
        "tool_refund": _refund,
        "tool_plan": _plan,
        "tool_warranty": _warranty,
        "tool_stock": _stock,
    }
    maker = makers.get(intent.name)
    return maker(slots, rng) if maker else None


def _shipped(slots: Slots, _rng: Random) -> Scene:
    start = date.fromisoformat(slots["start"])
    result: dict[str, object] = {"order_id": slots["order"], "status": "shipped", "item": slots["p"]}
    result |= {"carrier": slots["carrier"], "shipped": slots["start"]}
    result["eta"] = (start + timedelta(days=7)).isoformat()
    return "lookup_order", {"order_id": slots["order"]}, result


def _packing(slots: Slots, _rng: Random) -> Scene:
    result: dict[str, object] = {"order_id": slots["order"], "status": "packing", "item": slots["p"]}
    return "lookup_order", {"order_id": slots["order"]}, result


def _refund(slots: Slots, rng: Random) -> Scene:
    region = rng.choice(("uk", "eu"))
    slots["amount"] = PRODUCTS[slots["product"]][f"price_{region}"] + ".00"
    result: dict[str, object] = {"order_id": slots["order"], "status": "refunded", "amount": slots["amount"]}
    result |= {"date": slots["start"], "method": "card"}
    return "lookup_refund", {"order_id": slots["order"]}, result


def _plan(slots: Slots, rng: Random) -> Scene:
    plan = rng.choice(("Plus", "Family", "Plus", "Basic"))
    billing = rng.choice(("month", "year"))
    until = date.fromisoformat(slots["start"]) + timedelta(days=19)
    cancelled = rng.choice((True, True, False, False, False))
    result: dict[str, object] = {"email": slots["email"], "plan": plan}
    if plan == "Basic":
        slots["plan_line"] = "You're on Basic, which is free, so there's nothing that renews."
    elif cancelled:
        slots["plan_line"] = f"Your {plan} plan is cancelled. It runs until {spoken(until)} and won't renew."
        result |= {"billing": billing, "ends": until.isoformat(), "cancelled": True}
    else:
        slots["plan_line"] = f"You have {plan}, paid by the {billing}, and it renews on {spoken(until)}."
        result |= {"billing": billing, "renews": until.isoformat(), "cancelled": False}
    return "get_account", {"email": slots["email"]}, result


def _warranty(slots: Slots, rng: Random) -> Scene:
    years = _days(slots["warranty"])
    covered = rng.choice((True, True, True, False, False))
    age = rng.randrange(2, 11) * 30 if covered else years * 365 + rng.randrange(2, 14) * 30
    delivered = FIRST_DAY - timedelta(days=age)
    delivered = delivered.replace(day=min(delivered.day, 28))
    until = delivered.replace(year=delivered.year + years)
    result: dict[str, object] = {"serial": slots["serial"], "model": slots["p"], "delivered": delivered.isoformat()}
    result |= {"covered_until": until.isoformat(), "covered": covered}
    if covered:
        slots["warranty_line"] = (
            f"It's a {slots['p']}, delivered on {spoken(delivered, year=True)}, "
            f"and its warranty runs until {spoken(until, year=True)}."
        ).replace("a Alder", "an Alder")
        slots["warranty_next"] = "If it needs a repair, choose Report a problem in the app."
    else:
        slots["warranty_line"] = (
            f"The warranty of {slots['warranty']} ended on {spoken(until, year=True)}, so it isn't covered any more."
        )
        slots["warranty_next"] = "We can look at a repair at your cost; send a photo and I'll ask for an estimate."
    return "check_warranty", {"serial": slots["serial"]}, result


def _stock(slots: Slots, rng: Random) -> Scene:
    arguments: dict[str, object] = {"product": slots["p"], "colour": slots["colour"]}
    back = date.fromisoformat(slots["start"]) + timedelta(days=16)
    if rng.choice((True, False)):
        units = rng.randrange(3, 40)
        slots["stock_line"] = f"The {slots['p']} in {slots['colour']} is in stock."
        return "check_stock", arguments, arguments | {"in_stock": True, "units": units}
    slots["stock_line"] = f"The {slots['p']} in {slots['colour']} is sold out and expected back on {spoken(back)}."
    return "check_stock", arguments, arguments | {"in_stock": False, "expected": back.isoformat()}
