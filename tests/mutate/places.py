# SPDX-License-Identifier: Apache-2.0
"""Where a C file could be wrong by one token, and how.

The lexer knows comments, strings, preprocessor lines and how clang-format spaces operators: a binary
operator has a blank on both sides, a unary one or a pointer's star has none after it. Left alone are
asserts, enumerations, the sizes of arrays, and calls that only release something (leaks are the
sanitizers' business, and these tests run without).
"""

import hashlib
import re
from collections import namedtuple

KINDS = ("comparison", "tie", "sign", "constant", "index", "statement")

# A mistake: replace text[start:end] of file by new. before and after are the whole lines around it
# with single blanks; nth counts the places of the file where they are the same.
Mistake = namedtuple("Mistake", "file kind start end new line before after nth")

Token = namedtuple("Token", "kind text start end")

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      |(?P<preprocessor>^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)
      |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      |(?P<number>\.?[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*)
      |(?P<name>[A-Za-z_]\w*)
      |(?P<operator><<=|>>=|\.\.\.|->|\+\+|--|&&|\|\||[-+*/%&|^<>=!]=|<<|>>|[-+*/%&|^<>=!~?:;,.(){}\[\]])
      |(?P<blank>\s+)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)

NEGATED = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
TIED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
TURNED = {"+": "-", "-": "+", "*": "/", "/": "*", "+=": "-=", "-=": "+=", "*=": "/=", "/=": "*="}
SWAPPED = {"true": "false", "false": "true", "fmin": "fmax", "fmax": "fmin"}
CLOSING = {"(": ")", "[": "]", "{": "}"}
NOT_EXPRESSIONS = {"return", "goto", "case", "default", "if", "for", "while", "do", "switch", "else",
                   "static", "const", "struct", "enum", "union", "typedef", "extern", "sizeof"}
RELEASES = re.compile(r"^(free|fclose|close|closedir|munmap|cmocka_\w+|\w+_(destroy|free|close|release|unref|delete))$")


def tokens_of(text):
    """The tokens that the compiler would see, in order."""
    tokens, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"no token begins with {text[at:at + 20]!r}")
        if match.lastgroup in ("string", "number", "name", "operator"):
            tokens.append(Token(match.lastgroup, match.group(), at, match.end()))
        at = match.end()
    return tokens


def partners(tokens):
    """For every bracket the position of the other one; for every token the bracket that it stands in."""
    partner, inside, stack = {}, [], []
    for i, token in enumerate(tokens):
        if token.text in CLOSING.values() and stack:
            partner[i] = stack.pop()
            partner[partner[i]] = i
        inside.append(tokens[stack[-1]].text if stack else "")
        if token.text in CLOSING:
            stack.append(i)
    return partner, inside


def left_alone(tokens, partner):
    """Positions inside asserts, enumerations and structure declarations."""
    alone = set()
    for i, token in enumerate(tokens[:-1]):
        opening = None
        if token.text in ("assert", "static_assert", "_Static_assert", "__attribute__"):
            opening = i + 1
        elif token.text in ("enum", "struct", "union"):
            opening = i + 1 if tokens[i + 1].text == "{" else i + 2
            if opening >= len(tokens) or tokens[opening].text != "{":
                opening = None
        if opening in partner:
            alone.update(range(i, partner[opening] + 1))
    return alone


def number_changed(text):
    """Another number of the same type, or None: 0 is 1, a count one more, a measure its double."""
    match = re.fullmatch(r"(0[xX][0-9a-fA-F]+|[1-9][0-9]*|0)([uUlLzZ]*)", text)
    if match:
        return f"{int(match.group(1), 0) + 1}{match.group(2)}"
    match = re.fullmatch(r"([0-9.]+(?:[eE][-+]?[0-9]+)?)([fF]?)", text)
    if match:
        value = float(match.group(1))
        return f"{value * 2 if value else 1.0!r}{match.group(2)}"
    return None


def spaced(text, token):
    """A binary operator, as clang-format spaces it."""
    return text[token.start - 1].isspace() and text[token.end:token.end + 1].isspace()


def chooses_between_both(text, operator):
    """a < b ? a : b is the same value for <=."""
    before, after = one_line(text[:operator.start][-200:]), one_line(text[operator.end:][:400])
    right, question, rest = after.partition(" ? ")
    chosen, colon, rest = rest.partition(" : ")
    if not question or not colon:
        return False
    return (before.endswith(chosen) and rest.startswith(right)) or (
        chosen == right and re.split("[;,)]", rest)[0] != "" and before.endswith(re.split("[;,)]", rest)[0]))


def changes_of_token(text, tokens, i):
    """(kind, start, end, new) for one token."""
    token, before = tokens[i], tokens[i - 1].text if i else ""
    if token.kind == "operator" and spaced(text, token):
        for kind, table in (("comparison", NEGATED), ("tie", TIED), ("sign", TURNED)):
            if token.text in table and not (kind == "tie" and chooses_between_both(text, token)):
                yield kind, token.start, token.end, table[token.text]
    elif token.text == "!" or (token.text == "-" and before not in (")", "]")
                               and tokens[i - 1].kind == "operator"):
        yield "sign", token.start, token.end, ""
    elif token.text in SWAPPED:
        kind = "constant" if token.text in ("true", "false") else "comparison"
        yield kind, token.start, token.end, SWAPPED[token.text]
    elif token.kind == "number" and before != "[":
        new = number_changed(token.text)
        if new is not None:
            yield "constant", token.start, token.end, new


def changes_of_index(text, tokens, partner, i):
    """One further."""
    if tokens[i].text != "[" or i < 2 or i not in partner or partner[i] == i + 1:
        return
    array, before = tokens[i - 1], tokens[i - 2]
    declared = (before.kind == "name" and before.text not in ("return", "else", "case")) or (
        before.text == "*" and not spaced(text, before) and tokens[i - 3].kind == "name")
    if declared or not (array.kind == "name" or array.text in ("]", ")")):
        return
    inside = text[tokens[i].end:tokens[partner[i]].start]
    new = "1" if inside == "0" else f"({inside}) + 1"
    yield "index", tokens[i].end, tokens[partner[i]].start, new


def ends_label(tokens, i):
    """Is this colon the end of case X: or default:?"""
    while i > 0 and tokens[i].text not in ("case", "default", "?", ";", "{", "}"):
        i -= 1
    return tokens[i].text in ("case", "default")


def changes_of_statement(tokens, partner, inside, i):
    """A statement that begins at token i and can be dropped."""
    before = tokens[i - 1].text if i else ""
    first, second = tokens[i], tokens[min(i + 1, len(tokens) - 1)]
    if before not in (";", "{", "}", "else", ":") or first.text in NOT_EXPRESSIONS:
        return
    if inside[i] != "{" or (before == ":" and not ends_label(tokens, i - 1)):
        return
    if first.kind != "name" and first.text != "*":
        return
    if first.text not in ("break", "continue") and first.kind == "name" and (
            second.kind == "name" or second.text in ("*", ":", ",", "}") or RELEASES.match(first.text)):
        return
    end = i
    while end < len(tokens) and tokens[end].text != ";":
        if tokens[end].text in ("{", "}"):
            if tokens[end].text == "}" or end not in partner:
                return # the last word of an initialiser or of a macro
        end = partner[end] + 1 if tokens[end].text in CLOSING and end in partner else end + 1
    if end < len(tokens):
        yield "statement", first.start, tokens[end].end, ";"


def lines_around(text, start, end):
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    return first, len(text) if last < 0 else last


def one_line(text):
    return " ".join(text.split())


def mistakes_in(file, text):
    """All mistakes that one file could hold, in the order of the file."""
    tokens = tokens_of(text)
    partner, inside = partners(tokens)
    alone = left_alone(tokens, partner)
    seen, found = {}, []
    for i in range(len(tokens)):
        if i in alone:
            continue
        changes = (*changes_of_token(text, tokens, i), *changes_of_index(text, tokens, partner, i),
                   *changes_of_statement(tokens, partner, inside, i))
        for kind, start, end, new in changes:
            first, last = lines_around(text, start, end)
            before = one_line(text[first:last])
            after = one_line(text[first:start] + new + text[end:last])
            nth = seen[before, after] = seen.get((before, after), 0) + 1
            found.append(Mistake(file, kind, start, end, new, text.count("\n", 0, start) + 1,
                                 before, after, nth))
    return found


def key_of(mistake):
    """What a mistake is known by: its lines, not their number, so that it survives other edits."""
    return mistake.file, mistake.before, mistake.after, mistake.nth


def short_name(key):
    return hashlib.sha256("\0".join(map(str, key)).encode()).hexdigest()[:10]


def drawn(mistakes, seed, count):
    """count of the mistakes, as many of each kind, the same ones whatever happens elsewhere."""
    def lot(mistake):
        return hashlib.sha256(f"{seed}\0{short_name(key_of(mistake))}".encode()).digest()

    piles = [sorted((m for m in mistakes if m.kind == kind), key=lot, reverse=True) for kind in KINDS]
    chosen = []
    while len(chosen) < count and any(piles):
        for pile in piles:
            if pile and len(chosen) < count:
                chosen.append(pile.pop())
    return sorted(chosen, key=lambda m: (m.file, m.start))
