"""Cut the machine-readable Bot API to the methods and types that the product uses.

Run ``python -m tests.telegram_server.cut_spec full.json`` and commit the ``bot-api.json`` that it writes.
"""

import json
import sys
from pathlib import Path
from typing import Any

METHODS = [
    "getMe",
    "getUpdates",
    "setWebhook",
    "deleteWebhook",
    "getWebhookInfo",
    "sendMessage",
    "sendPhoto",
    "sendDocument",
    "editMessageText",
    "editMessageCaption",
    "editMessageMedia",
    "editMessageReplyMarkup",
    "answerCallbackQuery",
    "answerInlineQuery",
    "deleteMessage",
    "setMyCommands",
    "setChatMenuButton",
    "getFile",
    "sendChatAction",
]
TYPES = frozenset(
    [
        "User",
        "Chat",
        "Message",
        "MessageEntity",
        "PhotoSize",
        "Document",
        "File",
        "Update",
        "CallbackQuery",
        "InlineQuery",
        "InlineQueryResult",
        "InlineQueryResultArticle",
        "InlineQueryResultsButton",
        "InputMessageContent",
        "InputTextMessageContent",
        "WebhookInfo",
        "BotCommand",
        "ResponseParameters",
        "MaybeInaccessibleMessage",
        "InaccessibleMessage",
        "ChatMemberUpdated",
        "ChatMember",
        "ChatMemberAdministrator",
        "ChatMemberMember",
        "ChatMemberLeft",
        "ChatMemberBanned",
        "InlineKeyboardMarkup",
        "InlineKeyboardButton",
        "CopyTextButton",
        "WebAppInfo",
        "MenuButton",
        "MenuButtonCommands",
        "MenuButtonWebApp",
        "MenuButtonDefault",
        "ReplyKeyboardMarkup",
        "ReplyKeyboardRemove",
        "KeyboardButton",
        "ForceReply",
        "LinkPreviewOptions",
        "ReplyParameters",
        "InputMedia",
        "InputMediaPhoto",
        "InputMediaDocument",
        "BotCommandScope",
        "BotCommandScopeDefault",
        "BotCommandScopeAllPrivateChats",
        "BotCommandScopeAllGroupChats",
        "BotCommandScopeAllChatAdministrators",
        "BotCommandScopeChat",
        "BotCommandScopeChatAdministrators",
        "BotCommandScopeChatMember",
    ]
)
PRIMITIVES = frozenset({"Integer", "String", "Boolean", "Float", "InputFile"})


def _kept(type_name: str) -> bool:
    innermost = type_name.rsplit(" of ", 1)[-1]
    return innermost in TYPES or innermost in PRIMITIVES


def _fields(described: dict[str, Any]) -> list[dict[str, Any]]:
    cut = []
    for field in described.get("fields", []):
        if types := [each for each in field["types"] if _kept(each)]:
            cut.append({"name": field["name"], "types": types, "required": field["required"]})
    return cut


def cut(full: dict[str, Any]) -> dict[str, Any]:
    """Return the part of ``full`` that is about METHODS and TYPES, without descriptions."""
    methods = {
        name: {"href": full["methods"][name]["href"], "fields": _fields(full["methods"][name])} for name in METHODS
    }
    types: dict[str, Any] = {}
    for name in sorted(TYPES):
        described = full["types"][name]
        types[name] = {"href": described["href"], "fields": _fields(described)}
        if subtypes := [each for each in described.get("subtypes", []) if each in TYPES]:
            types[name]["subtypes"] = subtypes
    return {
        "version": full["version"],
        "release_date": full["release_date"],
        "changelog": full["changelog"],
        "methods": methods,
        "types": types,
    }


def main(source: str) -> None:
    """Write ``bot-api.json`` beside this file from the full description at ``source``."""
    text = json.dumps(cut(json.loads(Path(source).read_text("utf-8"))), ensure_ascii=False, separators=(",", ":"))
    lines = text.replace('},"', '},\n"').replace('"types":{"', '"types":{\n"')
    Path(__file__).with_name("bot-api.json").write_text(lines + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
