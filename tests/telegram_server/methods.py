"""The methods by name, and those that are not about messages."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.telegram_server import inline, keyboards, sending
from tests.telegram_server.chats import Answer
from tests.telegram_server.refusals import bad_request
from tests.telegram_server.state import State
from tests.telegram_server.updates import Webhook

JsonObject = dict[str, Any]
Method = Callable[[State, JsonObject], object]

_PORTS = frozenset({80, 88, 443, 8443})
_NO_SUCH_TAP = "query is too old and response timeout expired or query ID is invalid"


def get_me(state: State, values: JsonObject) -> JsonObject:
    return state.bot | {"can_join_groups": True, "can_read_all_group_messages": False}


def set_webhook(state: State, values: JsonObject) -> bool:
    """Set or remove the webhook, for addresses whose host the test has resolved."""
    updates = state.updates
    if values.get("drop_pending_updates"):
        updates.waiting.clear()
    if not values["url"]:
        updates.webhook = None
        return True
    parts = urlsplit(values["url"])
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if (host := parts.hostname or "") not in updates.hosts:
        raise bad_request("bad webhook: Failed to resolve host: Name or service not known")
    secret = values.get("secret_token", "")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    if not 1 <= (connections := values.get("max_connections", 40)) <= 100:
        raise bad_request("max_connections must be between 1 and 100")
    if "allowed_updates" in values:
        updates.allowed = tuple(values["allowed_updates"])
    route = updates.hosts[host]
    target = f"{route.rstrip('/')}{parts.path}" if route else ""
    updates.webhook = Webhook(values["url"], target, secret, connections)
    return True


def delete_webhook(state: State, values: JsonObject) -> bool:
    return set_webhook(state, {**values, "url": ""})


def get_webhook_info(state: State, values: JsonObject) -> JsonObject:
    """Return where updates go, how many wait, and what the last attempt met."""
    updates = state.updates
    info: JsonObject = {
        "url": updates.webhook.url if updates.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(updates.waiting),
    }
    if updates.webhook:
        info["max_connections"] = updates.webhook.max_connections
    if updates.last_error:
        info |= {"last_error_message": updates.last_error, "last_error_date": state.date()}
    if updates.allowed:
        info["allowed_updates"] = list(updates.allowed)
    return info


def answer_callback_query(state: State, values: JsonObject) -> bool:
    tap = state.taps.get(values["callback_query_id"])
    text = values.get("text", "")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    if tap is None or tap.is_expired or tap.answer is not None:
        raise bad_request(_NO_SUCH_TAP)
    tap.answer = Answer(text, values.get("show_alert", False))
    state.changed.notify_all()
    return True


def set_my_commands(state: State, values: JsonObject) -> bool:
    """Keep the command menu of one scope and language."""
    if len(values["commands"]) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for each in values["commands"]:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", each["command"].removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(each["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    scope = values.get("scope", {"type": "default"})
    state.commands[scope["type"], values.get("language_code", "")] = tuple(values["commands"])
    return True


def set_chat_menu_button(state: State, values: JsonObject) -> bool:
    """Keep the button beside the input line, of one private chat or of all that have none of their own."""
    button = values.get("menu_button", {"type": "default"})
    if button["type"] not in ("default", "commands", "web_app"):
        raise bad_request("unsupported menu button type specified")
    if button["type"] == "web_app":
        keyboards.check_web_app(button["web_app"]["url"], what="menu button Web App")
        if not button["text"].strip():
            raise bad_request("menu button text must be non-empty")
    chat_id = values.get("chat_id", 0)
    if chat_id and state.chat(chat_id).kind != "private":
        raise bad_request("chat not found")
    state.menu_buttons[chat_id] = button
    return True


def get_file(state: State, values: JsonObject) -> JsonObject:
    content = state.files.get(values["file_id"].removesuffix("-s"))
    if content is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(content) > 20 * 1024 * 1024:
        raise bad_request("file is too big")
    file_id = values["file_id"].removesuffix("-s")
    return {
        "file_id": file_id,
        "file_unique_id": f"u{file_id}",
        "file_size": len(content),
        "file_path": f"photos/{file_id}.jpg",
    }


METHODS: Mapping[str, Method] = {
    "getMe": get_me,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "answerCallbackQuery": answer_callback_query,
    "answerInlineQuery": inline.answer_inline_query,
    "setMyCommands": set_my_commands,
    "setChatMenuButton": set_chat_menu_button,
    "getFile": get_file,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": sending.edit_message_text,
    "editMessageCaption": sending.edit_message_caption,
    "editMessageMedia": sending.edit_message_media,
    "editMessageReplyMarkup": sending.edit_message_reply_markup,
    "deleteMessage": sending.delete_message,
}
RESULTS: Mapping[str, str] = {
    "getMe": "User",
    "getWebhookInfo": "WebhookInfo",
    "getFile": "File",
    "sendMessage": "Message",
    "sendPhoto": "Message",
    "sendDocument": "Message",
    "editMessageText": "Message",
    "editMessageCaption": "Message",
    "editMessageMedia": "Message",
    "editMessageReplyMarkup": "Message",
}
