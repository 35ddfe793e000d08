#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether a statement is one of FOCUS 1.2: its columns, their kinds, what may be null and which values there are.

Usage: focus.py FILE...      exit code 1: it is not, and the lines say where
       focus.py --self FILE  also spoil each rule in turn: every spoilt file must be refused

The rules are those of the FinOps Open Cost and Usage Specification 1.2 (CC BY 4.0), in our own words, for the 21
columns that every file has and for those of the others that ours has. Null is an empty cell.
"""
import csv
import decimal
import re
import sys

CATEGORIES = {"Usage", "Purchase", "Tax", "Credit", "Adjustment"}
SERVICES = {"AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases", "Developer Tools",
            "Multicloud", "Identity", "Integration", "Internet of Things", "Management and Governance", "Media", "Migration",
            "Mobile", "Networking", "Security", "Storage", "Web", "Other"}
# Plural of a unit, or a unit and hours and the like of it.
UNIT = re.compile(r"[A-Z][A-Za-z]*(-(Seconds|Minutes|Hours|Days|Months|Years))?$")


def is_text(cell):
    return cell == cell.strip() and cell != "" and cell.upper() != "NULL"


def is_number(cell):
    return re.match(r"-?\d+(\.\d+)?$", cell) is not None


def is_time(cell):
    return re.match(r"\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$", cell) is not None


def is_currency(cell):
    return re.match(r"[A-Z]{3}$", cell) is not None


def one_of(words):
    return lambda cell: cell in words


def always(row):
    return "must"


def may(row):
    return "may"


def metered(row):
    """What is used or bought and no correction has it, a tax never."""
    if row["ChargeCategory"] in ("Usage", "Purchase") and row["ChargeClass"] == "":
        return "must"
    return "never" if row["ChargeCategory"] == "Tax" else "may"


def consumed(row):
    if row["ChargeCategory"] != "Usage":
        return "never"
    return "must" if row["ChargeClass"] == "" else "may"


# Column: what a cell must be, and whether there must be one.
MANDATORY = {
    "BilledCost": (is_number, always),
    "BillingAccountId": (is_text, always),
    "BillingAccountName": (is_text, always),
    "BillingCurrency": (is_currency, always),
    "BillingPeriodEnd": (is_time, always),
    "BillingPeriodStart": (is_time, always),
    "ChargeCategory": (one_of(CATEGORIES), always),
    "ChargeClass": (one_of({"Correction"}), may),
    "ChargeDescription": (is_text, always),  # ours has always one
    "ChargePeriodEnd": (is_time, always),
    "ChargePeriodStart": (is_time, always),
    "ContractedCost": (is_number, always),
    "EffectiveCost": (is_number, always),
    "InvoiceIssuerName": (is_text, always),
    "ListCost": (is_number, always),
    "PricingQuantity": (is_number, metered),
    "PricingUnit": (UNIT.match, metered),
    "ProviderName": (is_text, always),
    "PublisherName": (is_text, always),
    "ServiceCategory": (one_of(SERVICES), always),
    "ServiceName": (is_text, always),
}
OTHERS = {
    "BillingAccountType": (is_text, always),
    "ConsumedQuantity": (is_number, consumed),
    "ConsumedUnit": (UNIT.match, consumed),
    "InvoiceId": (is_text, always),
    "RegionId": (is_text, may),
    "RegionName": (is_text, may),
    "ResourceId": (is_text, may),
    "SkuId": (is_text, metered),
    "Tags": (is_text, may),
}


def check_columns(columns):
    for name in MANDATORY:
        if columns.count(name) != 1:
            yield f"there must be one column {name}, there are {columns.count(name)}"
    for name in columns:
        if name not in MANDATORY and name not in OTHERS and not re.match(r"x_[A-Z][A-Za-z0-9]*$", name):
            yield f"the column {name} is none of FOCUS and does not begin with x_"


def check_cells(row):
    for name, (fits, needed) in {**MANDATORY, **OTHERS}.items():
        cell = row.get(name, "")
        rule = needed(row)
        if cell == "" and rule == "must" and name in row:
            yield f"{name} must not be null"
        elif cell != "" and rule == "never":
            yield f"{name} must be null, is {cell!r}"
        elif cell != "" and not fits(cell):
            yield f"{name} cannot be {cell!r}"


def check_row(row):
    """What one cell alone does not show."""
    if not row["BillingPeriodStart"] <= row["ChargePeriodStart"] < row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]:
        yield "the period of the charge must be in that of the bill, from before to after"
    if not re.match(r"\d{4}-\d\d-01T00:00:00Z$", row["BillingPeriodStart"]):
        yield "the period of the bill must begin with a month"
    for quantity, unit in (("PricingQuantity", "PricingUnit"), ("ConsumedQuantity", "ConsumedUnit")):
        if (row[quantity] == "") != (row[unit] == ""):
            yield f"{quantity} and {unit} must be there together"
    if row["ChargeCategory"] == "Credit" and not row["BilledCost"].startswith("-") and row["SelfBilling"] == "":
        yield "a credit must be below 0"


def check(columns, rows):
    yield from check_columns(columns)
    if any(name not in columns for name in MANDATORY):
        return
    invoices = {}
    for n, row in enumerate(rows):
        whole = {**{name: "" for name in OTHERS}, **row, "SelfBilling": "yes" if row["ProviderName"] == row["BillingAccountName"] else ""}
        for fault in [*check_cells(row), *check_row(whole)]:
            yield f"row {n + 1}: {fault}"
        of = invoices.setdefault(row.get("InvoiceId", ""), {"keys": set(), "sum": decimal.Decimal(0)})
        of["keys"].add((row["BillingAccountId"], row["BillingCurrency"], row["BillingPeriodStart"], row["BillingPeriodEnd"]))
        of["sum"] += decimal.Decimal(row["BilledCost"]) if is_number(row["BilledCost"]) else 0
    for name, of in invoices.items():
        if len(of["keys"]) != 1:
            yield f"invoice {name} must be of one account, currency and period"
        if of["sum"] != of["sum"].quantize(decimal.Decimal("0.01")):
            yield f"invoice {name} must be payable, is {of['sum']}"


def read(path):
    with open(path, newline="") as file:
        lines = list(csv.reader(file, strict=True))
    for n, line in enumerate(lines):
        if len(line) != len(lines[0]):
            sys.exit(f"{path}: row {n} has {len(line)} cells of {len(lines[0])}")
    return lines[0], [dict(zip(lines[0], line)) for line in lines[1:]]


def spoilt(columns, rows):
    """The file with one rule broken, again and again."""
    for name in MANDATORY:
        yield f"without {name}", [c for c in columns if c != name], rows
    yield "a column of our own", columns + ["Task"], [{**row, "Task": "1"} for row in rows]
    usage = next(n for n, row in enumerate(rows) if row["ChargeCategory"] == "Usage")

    def with_cell(name, cell, at=usage):
        return f"{name} {cell!r}", columns, [{**row, name: cell} if n == at else row for n, row in enumerate(rows)]

    for name, (fits, needed) in {**MANDATORY, **OTHERS}.items():
        if needed is not may:
            yield with_cell(name, "")
        if fits is not is_text:
            yield with_cell(name, "no such")
    for name, cell in (("BilledCost", "1e3"), ("BilledCost", "1,5"), ("BilledCost", "0.001"), ("ListCost", "NULL"),
                       ("ChargePeriodStart", "2026-11-01 00:00:00"), ("ChargePeriodEnd", rows[usage]["ChargePeriodStart"]),
                       ("BillingPeriodStart", "2026-11-02T00:00:00Z"), ("BillingCurrency", "eur"), ("ChargeCategory", "usage"),
                       ("ServiceName", " padded"), ("BillingAccountId", "no other")):
        yield with_cell(name, cell)
    for n, row in enumerate(rows):
        if row["ChargeCategory"] == "Tax":
            yield with_cell("PricingQuantity", "1", n)
            yield with_cell("SkuId", "work", n)
            break


def main():
    words = sys.argv[1:]
    itself = words[:1] == ["--self"]
    bad = 0
    for path in words[itself:]:
        columns, rows = read(path)
        faults = list(check(columns, rows))
        bad += len(faults)
        print(*(f"{path}: {fault}" for fault in faults[:20]), sep="\n", end="\n" if faults else "")
        tries = list(spoilt(columns, rows)) if itself and not faults else []
        for what, some, cells in tries:
            if not any(check(some, cells)):
                bad += 1
                print(f"{path}: {what} is not noticed")
        print(f"{path}: {len(rows)} rows, {len(faults)} faults" + (f", {len(tries)} spoilt files refused" if tries else ""))
    sys.exit(1 if bad or not words[itself:] else 0)


if __name__ == "__main__":
    main()
