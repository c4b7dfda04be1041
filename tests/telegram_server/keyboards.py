"""Inline and reply keyboards, with the refusals that Telegram has for them."""

from typing import Any
from urllib.parse import urlsplit

from tests.telegram_server.chats import Chat, Keyboard
from tests.telegram_server.refusals import bad_request

JsonObject = dict[str, Any]

_NOT_AN_ACTION = {"text", "icon_custom_emoji_id", "style"}
_STYLES = {"danger", "success", "primary"}
BUTTONS_MAX = 100
CALLBACK_BYTES_MAX = 64


def inline_keyboard(chat: Chat, markup: JsonObject | None) -> Keyboard:
    """Return the inline keyboard of a reply_markup, or an empty one if it is of another kind."""
    rows = (markup or {}).get("inline_keyboard", [])
    for row in rows:
        for button in row:
            _check(button)
            if "web_app" in button and chat.kind != "private":
                raise bad_request("BUTTON_TYPE_INVALID")
    if sum(len(row) for row in rows) > BUTTONS_MAX:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return tuple(tuple(row) for row in rows if row)


def _check(button: JsonObject) -> None:
    if not button["text"].strip():
        raise bad_request("can't parse inline keyboard button: Text must be non-empty")
    if button.get("style", "primary") not in _STYLES:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    actions = set(button) - _NOT_AN_ACTION
    if not actions:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request("can't parse inline keyboard button: more than one action specified")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= CALLBACK_BYTES_MAX:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        _check_url(button["url"])
    if "web_app" in button:
        check_web_app(button["web_app"]["url"], what="inline keyboard button Web App")


def check_web_app(url: str, *, what: str) -> None:
    """Refuse the address of a Mini App that is not https, as the Bot API does before it asks Telegram."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        raise bad_request(f"{what} URL '{url}' is invalid: Only HTTPS links are allowed")
    if "." not in (parts.hostname or "") or " " in url:
        raise bad_request(f"{what} URL '{url}' is invalid: Wrong HTTP URL")


def _check_url(url: str) -> None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme == "tg":
        return
    if parts.scheme not in ("http", "https"):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if "." not in (parts.hostname or "") or " " in url:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def lay_reply_keyboard(chat: Chat, markup: JsonObject | None) -> None:
    """Show, replace or remove the keys under the chat's input line."""
    if markup is None:
        return
    placeholder = markup.get("input_field_placeholder", "")
    if len(placeholder) > 64:
        raise bad_request("input field placeholder is too long")
    if "keyboard" in markup:
        labels = tuple(key["text"] for row in markup["keyboard"] for key in row)
        if not all(label.strip() for label in labels):
            raise bad_request("can't parse keyboard button: Text must be non-empty")
        chat.reply_keyboard, chat.placeholder = labels, placeholder
        chat.keyboard_rows = tuple(tuple(key["text"] for key in row) for row in markup["keyboard"])
    elif "remove_keyboard" in markup:
        chat.reply_keyboard, chat.placeholder, chat.keyboard_rows = (), "", ()
    elif "force_reply" in markup:
        chat.placeholder = placeholder
