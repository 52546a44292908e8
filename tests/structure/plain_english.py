"""Takes text apart into sentences, and tells what makes one hard to read: length, passives, private words."""

import re
from collections.abc import Iterator
from typing import NamedTuple

MOST_WORDS = 30
MOST_PASSIVES = 2

FENCE = re.compile(r"^ *```.*?^ *```[^\n]*$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
CODE = re.compile(r"``[^\n]*?``|`[^`]*`")
TEMPLATE = re.compile(r"\{\{.*?\}\}")
PARAGRAPH = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.|:)\s)|\n(?=#)|(?<=:)\n")
# A sentence ends at a full stop that is no part of a number or an abbreviation; in a table also at a semicolon.
END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\betc)[.!?…](?=[\s\"”)*]|$)")
WORD = re.compile(r"[A-Za-z0-9_'/.-]*[A-Za-z0-9][A-Za-z0-9_'/.%-]*")
IRREGULAR = (
    "written|taken|given|seen|known|told|sent|kept|held|lost|made|put|read|set|shown|found|left|done|built|said|run"
)
PASSIVE = re.compile(
    rf"\b(?:is|are|was|were|be|been|being|gets|got)\s+(?:(?:not|never|also|only|then|still|always|[a-z]+ly)\s+)?(?:[a-z]+ed|{IRREGULAR})\b"
)
# A word or a phrase that only we use, and what to say.
PRIVATE = {
    r"\bwho is known already waits for nobody\b": "verified credentials are cached",
    r"\bwaits for nobody\b": "does not wait",
    r"\bmean harm\b": "attack",
    r"\bin trouble\b": "can't be written",
    r"\bto the letter\b": "exactly",
    r"\bwish(?:es)?\b": "settings, or what is asked for",
    r"\bhands it back\b": "returns it",
    r"\bcomes to nothing\b": "fails",
    r"\bwhoever\b.*\bwhoever\b": "name who it is",
}


class Sentence(NamedTuple):
    """A sentence and the line of the text that it begins in."""

    line: int
    text: str


def split_markdown(page: str) -> Iterator[Sentence]:
    """Yield the sentences of a page: of paragraphs, list items and cells of tables; code and comments left out."""
    for pattern in (FENCE, COMMENT):
        page = pattern.sub(lambda match: "\n" * match[0].count("\n"), page)
    page = re.sub(r"^ {4,}(?![-*\d ]).*$", "", page, flags=re.MULTILINE)
    line, rest = 1, []
    for number, text in enumerate(page.split("\n"), 1):
        if text.lstrip().startswith("|"):
            for cell in CODE.sub("CODE", text).strip().strip("|").split("|"):
                for part in cell.split(";"):
                    yield from split_text(part, number)
            rest.append("")
        else:
            rest.append(text)
    del line
    yield from split_paragraphs("\n".join(rest))


def split_paragraphs(page: str) -> Iterator[Sentence]:
    """Yield the sentences of a text without tables."""
    start = 0
    for match in [*PARAGRAPH.finditer(page), None]:
        end = match.start() if match else len(page)
        yield from split_text(page[start:end], page.count("\n", 0, start) + 1)
        start = match.end() if match else end


def split_text(text: str, line: int = 1) -> Iterator[Sentence]:
    """Yield the sentences of plain text, its marks replaced by what one reads."""
    plain = LINK.sub(r"\1", IMAGE.sub("", TEMPLATE.sub("VALUE", CODE.sub("CODE", text))))
    start = 0
    for match in [*END.finditer(plain), None]:
        end = match.end() if match else len(plain)
        sentence = plain[start:end]
        if WORD.search(sentence):
            lead = len(sentence) - len(sentence.lstrip())
            yield Sentence(line + plain.count("\n", 0, start + lead), " ".join(sentence.split()))
        start = end


def find_faults(sentence: str) -> Iterator[str]:
    """Yield what makes a sentence hard to read, and what to do."""
    words = len(WORD.findall(sentence))
    if words > MOST_WORDS:
        yield f"{words} words: expected {MOST_WORDS} at most; make two of it"
    passives = len(PASSIVE.findall(sentence))
    if passives > MOST_PASSIVES:
        yield f"{passives} passives: expected {MOST_PASSIVES} at most; say who does it"
    for pattern, better in PRIVATE.items():
        if re.search(pattern, sentence, re.IGNORECASE):
            yield f"nobody else says {re.search(pattern, sentence, re.IGNORECASE)[0]!r}: {better}"  # type: ignore[index]
