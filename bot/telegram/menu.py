"""The menu of commands that Telegram shows beside the input line, in each language and kind of chat."""

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    MenuButton,
    MenuButtonDefault,
    MenuButtonWebApp,
    WebAppInfo,
)

from workflows.definition import Language
from workflows.desk import LANGUAGES
from workflows.phrases import say

_COMMANDS = (
    "inbox", "new", "stock", "where", "trace", "receive", "order", "return", "issue", "count", "report", "print",
    "link", "help",
)  # fmt: skip


_ALONE = frozenset({"link"})
"""What nobody should do where others read."""


async def show(bot: Bot, app_link: str) -> None:
    """Set the menu: English for everybody, Chinese for whose app speaks it. Raises TelegramError.

    Beside the input line stands the button that opens the Mini App; without an ``app_link`` that of the commands.
    """
    await bot.set_my_commands(_menu("en"))
    await bot.set_my_commands(_menu("zh"), language_code="zh")
    groups = BotCommandScopeAllGroupChats()
    await bot.set_my_commands(_menu("en", without=_ALONE), scope=groups)
    await bot.set_my_commands(_menu("zh", without=_ALONE), scope=groups, language_code="zh")
    await bot.set_chat_menu_button(menu_button=_button(app_link))


def _button(app_link: str) -> MenuButton:
    """Return the button; it has one text for everybody, whatever their app speaks."""
    if not app_link:
        return MenuButtonDefault()
    words = " ".join(say(each, "telegram.menu_button") for each in LANGUAGES)
    return MenuButtonWebApp(words, WebAppInfo(app_link))


def _menu(language: Language, *, without: frozenset[str] = frozenset()) -> tuple[BotCommand, ...]:
    names = (name for name in _COMMANDS if name not in without)
    return tuple(BotCommand(name, say(language, f"telegram.command_{name}")) for name in names)
