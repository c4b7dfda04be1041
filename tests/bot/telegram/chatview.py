"""A chat as a person sees it on a phone: text with its marks, pictures, files, keys under messages and under the line.

Close to Telegram's own app for Android in its light theme, 390 points wide: bubbles, inline keys in their rows and
colours, the reply keyboard with the input line above it. What the strict server kept is what is drawn.
"""

import base64
import html
from collections.abc import Sequence
from typing import Any, Final

from tests.telegram_server.chats import Chat, Message
from tests.telegram_server.markup import Formatted
from tests.telegram_server.state import BOT_ID

WIDTH: Final = 390
_STYLE: Final = """
* { box-sizing: border-box; }
body { margin: 0; width: 390px; background: #d7e3ec; color: #000; display: flex; flex-direction: column;
  font: 16px/1.32 Roboto, "Noto Sans", "Noto Sans CJK SC", "DejaVu Sans", sans-serif; }
header { background: #527da3; color: #fff; padding: 9px 16px; font-weight: 500; }
header small { display: block; font-weight: 400; font-size: 13px; color: #d3e3f0; }
main { padding: 8px 8px 12px; display: flex; flex-direction: column; gap: 4px; }
.message { max-width: 88%; align-self: flex-start; }
.message.own { align-self: flex-end; }
.message.keyed { width: 88%; }
.bubble { background: #fff; border-radius: 14px; padding: 6px 11px 7px; box-shadow: 0 1px 1px rgb(0 0 0 / 14%);
  overflow-wrap: anywhere; white-space: pre-wrap; }
.own .bubble { background: #effdde; }
.bubble time { float: right; font-size: 12px; color: #a0acb6; margin: 6px 0 0 10px; }
.own .bubble time { color: #62ac55; }
.who { color: #c9562b; font-weight: 500; font-size: 14px; }
.answers { border-left: 3px solid #54a3db; padding: 1px 8px; margin: 2px 0 4px; font-size: 14px; background: #f0f6fb;
  border-radius: 4px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; color: #333; }
img { display: block; width: calc(100% + 22px); margin: -6px -11px 6px; border-radius: 14px 14px 4px 4px; }
.file { display: flex; gap: 10px; align-items: center; }
.file i { width: 42px; height: 42px; border-radius: 50%; background: #54a3db; color: #fff; font-style: normal;
  display: grid; place-items: center; }
blockquote { margin: 4px 0; padding: 3px 8px; border-left: 3px solid #54a3db; background: #f0f6fb; border-radius: 4px;
  font-size: 15px; }
blockquote.folded { max-height: 4.4em; overflow: hidden; position: relative; }
blockquote.folded::after { content: "⌄"; position: absolute; right: 6px; bottom: 0; color: #54a3db; }
code { font-family: "Roboto Mono", "Noto Sans Mono", "DejaVu Sans Mono", "Noto Sans CJK SC", monospace; font-size: 15px;
  color: #255c86; }
a { color: #2678b6; text-decoration: none; }
.row { display: flex; gap: 4px; margin-top: 4px; }
.row span { flex: 1; min-width: 0; text-align: center; padding: 9px 6px; border-radius: 8px; color: #fff;
  background: #7e97ab; font-weight: 500; font-size: 15px; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.row span.success { background: #3fa355; }
.row span.danger { background: #d64545; }
.row span.link::after { content: " ↗"; font-size: 12px; }
.line { background: #fff; padding: 12px 16px; color: #9aa5ad; border-top: 1px solid #d9dee2; }
.keys { background: #e9edf0; padding: 6px; display: flex; flex-direction: column; gap: 6px; }
.keys .row { margin: 0; gap: 6px; }
.keys .row span { background: #fff; color: #222; font-weight: 400; padding: 12px 6px;
  box-shadow: 0 1px 1px rgb(0 0 0 / 18%); }
"""
_TAGS: Final = {"bold": "b", "italic": "i", "code": "code", "underline": "u", "strikethrough": "s"}


def page(chat: Chat, *, shown: Sequence[Message] | None = None, title: str = "Storekeeper") -> str:
    """Return a chat, or some of its messages, as an HTML page."""
    messages = "".join(_message(each, chat) for each in (chat.shown if shown is None else shown))
    under = "bot" if chat.kind == "private" else "group"
    keys = "".join(f'<div class="row">{"".join(map(_plain_key, row))}</div>' for row in chat.keyboard_rows)
    below = f'<div class="keys">{keys}</div>' if keys else ""
    line = f'<div class="line">{html.escape(chat.placeholder or "Message")}</div>'
    head = f"<header>{html.escape(title if chat.kind == 'private' else chat.title)}<small>{under}</small></header>"
    return (
        f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style><body>{head}<main>{messages}</main>{line}{below}'
    )


def _plain_key(words: str) -> str:
    return f"<span>{html.escape(words)}</span>"


def _message(message: Message, chat: Chat) -> str:
    is_own = message.sender["id"] != BOT_ID
    keyboard = "".join(f'<div class="row">{"".join(map(_key, row))}</div>' for row in message.now.keyboard)
    who = "" if chat.kind == "private" or is_own else '<div class="who">Storekeeper</div>'
    replied = message.reply_to
    answers = f'<div class="answers">{html.escape(_line_of(replied))}</div>' if replied is not None else ""
    words = _marked(message.now.words)
    inner = f"{who}{answers}{_media(message)}{words}<time>{'edited ' if message.was_edited else ''}10:05</time>"
    kind = "message" + (" own" if is_own else "") + (" keyed" if keyboard else "")
    return f'<div class="{kind}"><div class="bubble">{inner}</div>{keyboard}</div>'


def _line_of(message: Message) -> str:
    return message.text.partition("\n")[0] or "Photo"


def _media(message: Message) -> str:
    if message.photo is not None:
        return f'<img src="data:image/png;base64,{base64.b64encode(message.photo).decode()}">'
    if message.file is not None:
        size = max(1, len(message.file) // 1024)
        return (
            f'<div class="file"><i>↓</i><div>{html.escape(message.file_name)}<br><small>{size} KB</small></div></div>'
        )
    return ""


def _key(button: dict[str, Any]) -> str:
    kind = button.get("style", "") + (" link" if "url" in button or "web_app" in button else "")
    return f'<span class="{kind.strip()}">{html.escape(button["text"])}</span>'


def _marked(words: Formatted) -> str:
    """Return text with its entities as HTML; offsets count UTF-16 units."""
    raw = words.text.encode("utf-16-le")
    begins: dict[int, list[str]] = {}
    ends: dict[int, list[str]] = {}
    for each in words.entities:
        opened, closed = _tag(each)
        begins.setdefault(each["offset"], []).append(opened)
        ends.setdefault(each["offset"] + each["length"], []).insert(0, closed)
    parts, last = [], 0
    for at in sorted({*begins, *ends}):
        parts.append(html.escape(raw[last * 2 : at * 2].decode("utf-16-le")))
        parts += [*ends.get(at, ()), *begins.get(at, ())]
        last = at
    return "".join([*parts, html.escape(raw[last * 2 :].decode("utf-16-le"))])


def _tag(entity: dict[str, Any]) -> tuple[str, str]:
    kind = entity["type"]
    if kind in _TAGS:
        return f"<{_TAGS[kind]}>", f"</{_TAGS[kind]}>"
    if "blockquote" in kind:
        return f"<blockquote{' class=folded' if kind.startswith('expandable') else ''}>", "</blockquote>"
    return '<a href="#">', "</a>"
