"""The menu of commands that Telegram shows beside the input line, in each language."""

from telegram import Bot, BotCommand

from workflows.definition import Language
from workflows.phrases import say

_COMMANDS = (
    "inbox", "new", "stock", "where", "trace", "receive", "order", "return", "issue", "count", "report", "print",
    "link", "help",
)  # fmt: skip


async def show(bot: Bot) -> None:
    """Set the menu: English for everybody, Chinese for whose app speaks it. Raises TelegramError."""
    await bot.set_my_commands(_menu("en"))
    await bot.set_my_commands(_menu("zh"), language_code="zh")


def _menu(language: Language) -> tuple[BotCommand, ...]:
    return tuple(BotCommand(name, say(language, f"telegram.command_{name}")) for name in _COMMANDS)
