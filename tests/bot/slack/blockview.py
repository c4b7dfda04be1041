"""Blocks as a person sees them: messages, modals and the home tab as a page of our own, and as a picture of it.

``python -m tests.bot.slack.blockview VIEW.json picture.png`` draws a view, a list of blocks, or several of them.
"""

import html
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_CHROMIUM: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
Options = Mapping[str, Sequence[str]]

_STYLE: Final = """
* { box-sizing: border-box; }
body { margin: 0; padding: 24px; background: #f4f4f4; color: #1d1c1d; display: flex; flex-wrap: wrap; gap: 24px;
  align-items: flex-start; font: 15px/1.46668 Lato, "Noto Sans", "Noto Sans CJK SC", "DejaVu Sans", sans-serif; }
p, h3, h4 { margin: 0; }
.message, .home { background: #fff; padding: 16px 20px; width: 640px; }
.message .who { display: flex; gap: 8px; font-weight: 900; margin-bottom: 4px; }
.message .who span { font: 12px/1.6 inherit; color: #616061; font-weight: 400; }
.app { font-size: 10px; font-weight: 700; background: #e8e8e8; color: #616061; padding: 1px 3px; border-radius: 2px; }
.modal { background: #fff; width: 520px; border-radius: 8px; box-shadow: 0 8px 28px rgb(0 0 0 / 28%); }
.modal > header { display: flex; justify-content: space-between; padding: 20px 28px; font-size: 22px;
  font-weight: 900; }
.modal > header i { color: #616061; font-style: normal; font-weight: 400; }
.modal > main { padding: 0 28px; }
.modal > footer { display: flex; justify-content: flex-end; gap: 12px; padding: 20px 28px; }
.block { margin: 8px 0; }
.header { font-size: 18px; font-weight: 900; margin: 14px 0 6px; }
hr { border: 0; border-top: 1px solid #ddd; margin: 14px 0; }
.section { display: flex; justify-content: space-between; gap: 16px; }
.section > div { min-width: 0; overflow-wrap: anywhere; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px; margin-top: 4px; }
.context { display: flex; flex-wrap: wrap; gap: 8px; font-size: 13px; color: #616061; align-items: center; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; }
.input { margin: 16px 0; }
.input label { display: block; font-weight: 700; margin-bottom: 6px; }
.input label small { font-weight: 400; color: #616061; }
.input .hint { color: #616061; font-size: 13px; margin-top: 4px; }
.input .wrong { color: #e01e5a; font-size: 13px; font-weight: 700; margin-top: 4px; }
button { font: 700 13px/1 inherit; font-family: inherit; height: 32px; padding: 0 12px; border: 1px solid #bbb;
  border-radius: 4px; background: #fff; color: #1d1c1d; white-space: nowrap; }
button.primary { background: #007a5a; border-color: #007a5a; color: #fff; }
button.danger { background: #e01e5a; border-color: #e01e5a; color: #fff; }
.modal > footer button { height: 36px; font-size: 15px; }
.box { border: 1px solid #8d8d8d; border-radius: 4px; padding: 7px 12px; min-height: 38px; display: flex;
  justify-content: space-between; background: #fff; white-space: pre-wrap; overflow-wrap: anywhere; }
.box.tall { min-height: 84px; }
.box.empty { color: #868686; }
.input.wrong-input .box { border-color: #e01e5a; }
.options { border: 1px solid #ddd; border-radius: 6px; box-shadow: 0 4px 12px rgb(0 0 0 / 12%); margin-top: 2px; }
.options p { padding: 4px 12px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.options p:first-child { background: #1264a3; color: #fff; border-radius: 6px 6px 0 0; }
.file { border: 1px dashed #8d8d8d; border-radius: 4px; padding: 14px; text-align: center; color: #616061; }
code { background: #f0f0f0; border: 1px solid #ddd; border-radius: 3px; color: #e01e5a; padding: 1px 3px;
  font-size: 12px; }
a { color: #1264a3; text-decoration: none; }
"""
_MARKS: Final = (
    (r"&lt;(https?://[^|&]+)\|([^&]*?)&gt;", r'<a href="\1">\2</a>'),
    (r"&lt;(https?://[^|&]+)&gt;", r'<a href="\1">\1</a>'),
    (r"`([^`\n]+)`", r"<code>\1</code>"),
    (r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<b>\1</b>"),
    (r"(?<![\w_])_([^_\n]+)_(?![\w_])", r"<i>\1</i>"),
    (r"(?<![\w~])~([^~\n]+)~(?![\w~])", r"<s>\1</s>"),
)
_EMOJI: Final = {":warning:": "⚠️", ":white_check_mark:": "✅"}


def page(
    shown: Sequence[Mapping[str, Any]], *, errors: Mapping[str, str] | None = None, options: Options | None = None
) -> str:
    """Return messages and views as an HTML page.

    ``errors`` are what Slack shows below its inputs, by block; ``options`` are those that drop down below a select.
    """
    drawn = _Drawing(errors or {}, options or {})
    body = "".join(drawn.surface(_known(each)) for each in shown)
    return f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style><body>{body}</body>'


def picture(markup: str, into: Path, *, width: int = 700) -> None:
    """Draw a page with Chromium."""
    from playwright.sync_api import sync_playwright

    from tests.tools import need

    with sync_playwright() as drawing:
        browser = drawing.chromium.launch(executable_path=str(need("chromium")), args=list(_CHROMIUM))
        sheet = browser.new_page(viewport={"width": width, "height": 200}, device_scale_factor=1)
        sheet.set_content(markup)
        sheet.screenshot(path=str(into), full_page=True)
        browser.close()


class _Drawing:
    def __init__(self, errors: Mapping[str, str], options: Mapping[str, Sequence[str]]) -> None:
        self._errors = errors
        self._options = options

    def surface(self, shown: Mapping[str, Any]) -> str:
        blocks = "".join(map(self.block, shown["blocks"]))
        match shown.get("type"):
            case "modal":
                keys = f"<button>{_text(shown['close'])}</button>" if "close" in shown else ""
                keys += f'<button class="primary">{_text(shown["submit"])}</button>' if "submit" in shown else ""
                title = f"<header><span>{_text(shown['title'])}</span><i>×</i></header>"
                return f'<div class="modal">{title}<main>{blocks}</main><footer>{keys}</footer></div>'
            case "home":
                return f'<div class="home">{blocks}</div>'
        who = '<div class="who">Storekeeper <b class="app">APP</b><span>10:05</span></div>'
        return f'<div class="message">{who}{blocks}</div>'

    def block(self, block: Mapping[str, Any]) -> str:
        match block["type"]:
            case "header":
                return f'<h3 class="block header">{_text(block["text"])}</h3>'
            case "divider":
                return "<hr>"
            case "section":
                words = f"<p>{_text(block['text'])}</p>" if "text" in block else ""
                pairs = "".join(f"<p>{_text(each)}</p>" for each in block.get("fields", ()))
                beside = self.element(block["accessory"]) if "accessory" in block else ""
                fields = f'<div class="fields">{pairs}</div>' if pairs else ""
                return f'<div class="block section"><div>{words}{fields}</div>{beside}</div>'
            case "context":
                return f'<div class="block context">{"".join(map(_text, block["elements"]))}</div>'
            case "actions":
                return f'<div class="block actions">{"".join(map(self.element, block["elements"]))}</div>'
            case "input":
                return self._input(block)
            case "image":
                return f'<p class="block context">{html.escape(block.get("alt_text", ""))}</p>'
        raise ValueError(f"a block of another kind: {block['type']}")

    def _input(self, block: Mapping[str, Any]) -> str:
        name = block.get("block_id", "")
        idle = " <small>(optional)</small>" if block.get("optional") else ""
        hint = f'<p class="hint">{_text(block["hint"])}</p>' if "hint" in block else ""
        wrong = f'<p class="wrong">{html.escape(self._errors[name])}</p>' if name in self._errors else ""
        below = "".join(f"<p>{html.escape(each)}</p>" for each in self._options.get(name, ()))
        dropped = f'<div class="options">{below}</div>' if below else ""
        kind = "block input wrong-input" if wrong else "block input"
        label = f"<label>{_text(block['label'])}{idle}</label>"
        return f'<div class="{kind}">{label}{self.element(block["element"])}{dropped}{wrong}{hint}</div>'

    def element(self, element: Mapping[str, Any]) -> str:
        chosen = element.get("initial_option") or {}
        match element["type"]:
            case "button":
                return f'<button class="{element.get("style", "")}">{_text(element["text"])}</button>'
            case "radio_buttons":
                marks = ("◉" if each == chosen else "○" for each in element["options"])
                return "".join(
                    f"<p>{m} {_text(each['text'])}</p>" for m, each in zip(marks, element["options"], strict=True)
                )
            case "file_input":
                return '<div class="file">⇪ Upload files</div>'
            case "static_select" | "external_select":
                return _box(_text(chosen["text"]) if chosen else "", element, sign="⌄")
            case "datepicker":
                return _box(html.escape(element.get("initial_date") or ""), element, sign="▦")
        return _box(html.escape(element.get("initial_value") or ""), element)


def _known(value: Any) -> Any:
    """Return what was sent without what is null in it."""
    if isinstance(value, Mapping):
        return {name: _known(each) for name, each in value.items() if each is not None}
    return [_known(each) for each in value] if isinstance(value, list) else value


def _box(value: str, element: Mapping[str, Any], *, sign: str = "") -> str:
    empty = "" if value else " empty"
    tall = " tall" if element.get("multiline") else ""
    words = value or (_text(element["placeholder"]) if "placeholder" in element else "")
    return f'<div class="box{empty}{tall}"><span>{words}</span><span>{sign}</span></div>'


def _text(text: Mapping[str, Any]) -> str:
    if text["type"] == "plain_text":
        return html.escape(text["text"]).replace("\n", "<br>")
    if text["type"] != "mrkdwn":
        return html.escape(str(text.get("alt_text", "")))
    # Slack's own three escapes stand for signs; its links are the only angle brackets that are left.
    marked = html.escape(text["text"], quote=False).replace("&amp;lt;", "&#60;").replace("&amp;gt;", "&#62;")
    marked = marked.replace("&amp;amp;", "&amp;")
    for pattern, becomes in _MARKS:
        marked = re.sub(pattern, becomes, marked)
    for name, sign in _EMOJI.items():
        marked = marked.replace(name, sign)
    return f"<span>{marked}</span>".replace("\n", "<br>")


def _surfaces(given: Any) -> list[Mapping[str, Any]]:
    if isinstance(given, list):
        is_blocks = all("blocks" not in each for each in given)
        return [{"blocks": given}] if is_blocks else given
    return [given]


def main(source: str, target: str) -> None:
    """Draw what a file holds."""
    picture(page(_surfaces(json.loads(Path(source).read_text(encoding="utf-8")))), Path(target))


if __name__ == "__main__":
    main(*sys.argv[1:3])
