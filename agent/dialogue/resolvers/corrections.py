"""Take what is meant out of a correction: "no, nine", "not eight, nine", "nine, not eight", "不是八点，是九点"."""

from __future__ import annotations

import re

_NO = re.compile(
    r"^(?:(?:no|nope|nah|sorry|oh|wait|actually|i meant?|neither|none of (?:them|these|those)|"
    r"nein|nee|doch|quatsch|entschuldigung|ich meinte?|"
    r"non|pardon|en fait|je voulais dire|"
    r"perdón|perdon|quiero decir|quise decir|digo|"
    r"不对|不是|不|错了|我是说)\s*[,，.;:!-]+\s*)+(?=\S)",
    re.IGNORECASE,
)
_NOT_THIS_BUT_THAT = re.compile(
    r"^(?:it's |it is |i said )?not (?P<en>.+?)(?:\s*[,;]\s*(?:but |rather )?|\s+but\s+)(?P<en_meant>.+)$|"
    r"^nicht (?P<de>.+?)(?:\s*[,;]\s*(?:sondern )?|\s+sondern\s+)(?P<de_meant>.+)$|"
    r"^pas (?P<fr>.+?)(?:\s*[,;]\s*(?:mais |plutôt )?|\s+mais\s+)(?P<fr_meant>.+)$|"
    r"^no (?P<es>.+?)\s*,?\s+sino\s+(?P<es_meant>.+)$|"
    r"^不是(?P<zh>.+?)[,，]?\s*(?:而是|是)(?P<zh_meant>.+)$",
    re.IGNORECASE,
)
# "tuesday, no, wednesday" takes tuesday back, not wednesday: it is left for the resolver to ask about.
_THIS_NOT_THAT = re.compile(
    r"^(?P<meant>.+?)\s*,\s*(?:and )?(?:not|nicht|pas|no(?!\s*[,.!]|\s+(?:wait|sorry|actually|make|i)\b)|不是) ?\S.*$"
    r"|^(?P<zh_meant>.+?)[，]不是.+$",
    re.IGNORECASE,
)


def meant(raw: str) -> str:
    """Return the words that say the value: without a leading "no," and without what is taken back."""
    text = _NO.sub("", raw.strip())
    match = _NOT_THIS_BUT_THAT.match(text) or _THIS_NOT_THAT.match(text)
    if match is None:
        return text
    said = next(words for name, words in match.groupdict().items() if name.endswith("meant") and words)
    return _NO.sub("", said) or text
