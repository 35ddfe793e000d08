#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Reports can be read: text has a contrast of 4.5 to its ground, marks one of 3, light and dark, by the
# colours of the page's own style and of what figures write on bars; the table comes before the facts.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

expect 0 compare paper --worlds 2 --cycles 3 --policies kmeans:rea,linkage:rea-s --out result
page=result/report.html
# Few worlds make wide intervals, which the axis of gains has room for: two names, at most ten ticks.
[ "$(grep -c '<text' result/figures/gain.svg)" -le 12 ] || complain "ticks of gain.svg stand in each other"

python3 - "$page" "$SOURCE_DIR/src/report/figure/compare.c" >said 2>&1 <<'END' || complain "$(cat said)"
import re, sys

def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)

page = open(sys.argv[1], encoding="utf-8").read()
style = page[page.index("<style>"):page.index("</style>")]
themes = [dict(re.findall(r"--([a-z0-9-]+):(#[0-9A-Fa-f]{6})", block))
          for block in re.findall(r":root\{([^}]*)\}", style)]
assert len(themes) == 3 and all(t.keys() == themes[0].keys() for t in themes), "light, dark and print have other colours"
assert themes[0] != themes[1] and {**themes[0], "bg": "#FFFFFF"} == themes[2], "dark is light, or print is not light"
text = [(ink, ground) for ink in ("ink", "ink2", "ink3", "accent")
        for ground in ("bg", "surface", "wash")]
text += [(ink, ground) for ink in ("ink", "ink2") for ground in ("accent-wash",)]
text += [("warn", "warn-wash"), ("warn", "surface"), ("on-accent", "accent")]
marks = [(mark, "surface") for mark in ("s1", "s2", "s3", "s5", "s6", "s0", "s0f", "lost")]
marks += [("s1", "accent-wash")]
bad, count = [], 0
for theme in themes:
    for pairs, least in ((text, 4.5), (marks, 3.0)):
        for pair in pairs:
            ratio = contrast(theme[pair[0]], theme[pair[1]])
            count += 1
            if ratio < least:
                bad.append(f"{pair} is {ratio:.2f}, less than {least}")
used = set(re.findall(r"var\(--([a-z0-9-]+)\)", page))
assert used <= themes[0].keys(), f"not defined: {used - themes[0].keys()}"
# What has a ground of its own must be a pair that was looked at, or decoration.
inks = set(re.findall(r"[;{]color:var\(--([a-z0-9-]+)\)", style))
assert inks <= {ink for ink, _ in text}, f"text in {inks}"
grounds = set(re.findall(r"background:var\(--([a-z0-9-]+)\)", style))
assert grounds <= {ground for _, ground in text}, f"grounds {grounds}"
assert not re.search(r"(?<!-)color:#|background:#", style), "a colour that does not follow the theme"
# Bars have no text on them; their colours are the page's own.
parts = re.findall(r'\{"[a-z, ]+", "(#[0-9a-f]{6})"\}', open(sys.argv[2]).read())
assert len(parts) == 7, f"{len(parts)} parts of bars"
known = {themes[0][mark].lower() for mark, _ in marks}
bad += [f"{part} is no colour of the page" for part in parts if part not in known]
# Nothing of a figure keeps a colour of its own, the same on light and dark.
figures = "".join(re.findall(r"<figure.*?</figure>", page, re.S))
fixed = set(re.findall(r"(?<![a-z-])(?:fill|stroke|color)\s*=\s*['\"]\s*(rgb\([^)]*\)|#[0-9A-Fa-f]{6}|[a-zA-Z]+)['\"]", figures))
assert fixed <= {"none", "currentColor"}, f"colours that do not follow the theme: {fixed}"
print("\n".join(bad) if bad else f"{count} pairs and {len(parts)} parts")
sys.exit(1 if bad else 0)
END

holds "$page" 'prefers-color-scheme:dark'
first() { grep -bo -m1 -- "$1" "$page" | head -1 | cut -d: -f1; }
[ "$(first '<div class="band">')" -lt "$(first '<table>')" ] || complain "the answers come behind the table"
[ "$(first '<table>')" -lt "$(first '<figure>')" ] || complain "figures come before the table"
holds "$page" "scroll sideways" # the cue on narrow screens
if command -v gnuplot >/dev/null; then
    holds "$page" 'aria-label="Gain, world by world. A row for each of 2 policies, best profit first: the gain over '
    holds "$page" 'aria-label="Demand. A line over 3 cycles, between '
    grep -q 'aria-label="Clusters of [a-z:-]*. 40 servers form [0-9]* clusters of at most [0-9]*; [0-9]* work alone.' \
        "$page" || complain "the map is not said in words"
    lacks result/figures/gain.svg 'var(--' # a file has colours of its own
fi

# ---- the page of a run is of the same kind
expect 0 simulate chinanet --cycles 3 --out run
page=run/report.html
for question in 'What did it earn?' 'Who was served?' 'Is anything wrong?'; do
    holds "$page" "<h2>$question</h2>"
done
[ "$(first '<div class="band">')" -lt "$(first '<table>')" ] || complain "the answers come behind the table"
holds "$page" '<h2>Clusters</h2>'
if command -v gnuplot >/dev/null; then
    holds "$page" 'aria-label="Profit. A line over 3 cycles, between '
    holds "$page" 'aria-label="Tasks. Two lines over 3 cycles: between '
    for figure in profit tasks map; do
        [ -s "run/figures/$figure.svg" ] || complain "simulate leaves no figure $figure"
    done
fi
finish
