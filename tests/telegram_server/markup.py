"""Telegram's HTML, read as strictly as Telegram reads it.

The tags, the escapes and the wording of the refusals follow ``parse_html`` in tdlib's ``MessageEntity.cpp``.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.telegram_server.links import detected
from tests.telegram_server.refusals import Refusal, bad_request

Entity = dict[str, Any]

_KINDS = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_ESCAPE = re.compile(r"&(?:#(?P<decimal>\d{1,7})|#[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<name>lt|gt|amp|quot));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
ENTITIES_MAX = 100
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Formatted:
    """What a reader sees: plain text, and entities whose offsets count UTF-16 units."""

    text: str
    entities: tuple[Entity, ...] = ()


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    begin: int
    is_expandable: bool = False


@dataclass(slots=True)
class _Reader:
    source: str
    at: int = 0
    plain: list[str] = field(default_factory=list)
    length: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)


def units(text: str) -> int:
    """Return the length that Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def formatted(text: str, *, parse_mode: str | None, entities: list[Entity] | None) -> Formatted:
    """Return what ``text`` shows, with the links and mentions that Telegram finds by itself. Raises its 400s."""
    text = _NOT_IN_TEXT.sub(" ", text)
    if parse_mode and parse_mode.upper() == "HTML":
        shown = parse_html(text)
    elif parse_mode:
        raise bad_request(f"unsupported parse_mode {parse_mode!r}: this server reads HTML only")
    else:
        shown = Formatted(text, tuple(entities or ()))
    shown = _trimmed(shown)
    kept = shown.entities[:ENTITIES_MAX]
    return Formatted(shown.text, (*kept, *detected(shown.text, kept)))


def parse_html(source: str) -> Formatted:
    """Return the visible text and the entities of Telegram HTML. Raises "can't parse entities"."""
    reader = _Reader(source)
    while reader.at < len(source):
        if source[reader.at] == "<":
            _end_tag(reader) if source[reader.at + 1 : reader.at + 2] == "/" else _start_tag(reader)
            continue
        escape = _ESCAPE.match(source, reader.at)
        shown = _unescaped(escape) if escape else source[reader.at]
        reader.plain.append(shown)
        reader.length += units(shown)
        reader.at = escape.end() if escape else reader.at + 1
    if reader.open:
        raise _cannot_parse(f'Can\'t find end tag corresponding to start tag "{reader.open[-1].tag}"')
    ordered = sorted(reader.entities, key=lambda each: (each["offset"], -each["length"]))
    return Formatted("".join(reader.plain), tuple(ordered))


def _unescaped(escape: re.Match[str]) -> str:
    if name := escape["name"]:
        return _NAMED[name]
    code = int(escape["decimal"]) if escape["decimal"] else int(escape["hex"], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else escape[0]


def _cannot_parse(words: str) -> Refusal:
    return bad_request(f"can't parse entities: {words}")


def _offset(reader: _Reader, at: int) -> str:
    return f"at byte offset {len(reader.source[:at].encode())}"


_START = re.compile(r"<(?P<tag>[^\s>]*)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^>\"'])*)>")
_ATTRIBUTE = re.compile(r"\s*(?P<name>[^\s=>]+)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[A-Za-z0-9.-]+))?(?=\s|$)")


def _start_tag(reader: _Reader) -> None:
    where = _offset(reader, reader.at)
    match = _START.match(reader.source, reader.at)
    if not match:
        raise _cannot_parse(f"Unclosed start tag {where}")
    tag = match["tag"].lower()
    if tag not in _KINDS:
        raise _cannot_parse(f'Unsupported start tag "{tag}" {where}')
    attributes = _attributes(tag, match["attributes"], where)
    argument = ""
    if tag == "a":
        argument = attributes.get("href", "")
    elif tag == "tg-emoji":
        argument = attributes.get("emoji-id", "")
    elif tag == "code":
        argument = attributes.get("class", "").removeprefix("language-")
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise _cannot_parse(f'Tag "span" must have class "tg-spoiler" {where}')
    if tag == "tg-emoji" and not argument.isdigit():
        raise _cannot_parse("Invalid custom emoji identifier specified")
    reader.open.append(_Open(tag, argument, reader.length, is_expandable="expandable" in attributes))
    reader.at = match.end()


def _attributes(tag: str, source: str, where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at, source = 0, source.rstrip()
    while at < len(source):
        match = _ATTRIBUTE.match(source, at)
        if not match:
            raise _cannot_parse(f"Unexpected end of name token {where}")
        if match["value"] is None and (tag, match["name"]) != ("blockquote", "expandable"):
            raise _cannot_parse(f'Expected equal sign in declaration of an attribute of the tag "{tag}" {where}')
        value = (match["value"] or "").strip("\"'")
        found[match["name"].lower()] = _ESCAPE.sub(_unescaped, value)
        at = match.end()
    return found


def _end_tag(reader: _Reader) -> None:
    where = _offset(reader, reader.at)
    match = re.compile(r"</([^\s>]*)\s*>").match(reader.source, reader.at)
    if not reader.open:
        raise _cannot_parse(f"Unexpected end tag {where}")
    if not match:
        raise _cannot_parse(f"Unclosed end tag {where}")
    opened = reader.open.pop()
    found = match[1].lower()
    if found and found != opened.tag:
        raise _cannot_parse(f'Unmatched end tag {where}, expected "</{opened.tag}>", found "</{found}>"')
    reader.at = match.end()
    if reader.length > opened.begin and (entity := _entity(reader, opened)):
        reader.entities.append(entity)


def _entity(reader: _Reader, opened: _Open) -> Entity | None:
    entity: Entity = {
        "type": _KINDS[opened.tag],
        "offset": opened.begin,
        "length": reader.length - opened.begin,
    }
    if opened.tag == "a":
        target = opened.argument or slice_of("".join(reader.plain), entity)
        if user := re.fullmatch(r"tg://user\?id=(\d+)", target):
            stub = {"id": int(user[1]), "is_bot": False, "first_name": "?"}
            return entity | {"type": "text_mention", "user": stub}
        if not re.match(r"(?:https?://|tg://)?[^\s/?#]*\.[^\s]+|tg://", target):
            return None
        return entity | {"url": target}
    if opened.tag == "code" and opened.argument and reader.open and reader.open[-1].tag == "pre":
        return None
    if opened.tag == "blockquote" and opened.is_expandable:
        entity["type"] = "expandable_blockquote"
    if opened.tag == "tg-emoji":
        entity["custom_emoji_id"] = opened.argument
    return entity


def slice_of(text: str, entity: Entity) -> str:
    """Return the words that an entity covers."""
    raw = text.encode("utf-16-le")
    begin = entity["offset"] * 2
    return raw[begin : begin + entity["length"] * 2].decode("utf-16-le")


def _trimmed(shown: Formatted) -> Formatted:
    text = shown.text.rstrip()
    cut = units(text) - units(text.lstrip())
    text = text.lstrip()
    kept = []
    for each in shown.entities:
        begin = max(each["offset"] - cut, 0)
        end = min(each["offset"] + each["length"] - cut, units(text))
        if end > begin:
            kept.append({**each, "offset": begin, "length": end - begin})
    return Formatted(text, tuple(kept))
