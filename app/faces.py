"""How a card and a form look in the chats, as plain data that the designer's page draws."""

from collections.abc import Mapping
from typing import Any

from workflows.cards import Card, Form


def faces_of(card: Card, form: Form | None) -> Mapping[str, Any]:
    """Return Slack's blocks and modal, and Telegram's message, keyboard and questions; loads their libraries."""
    from bot.slack import modal
    from bot.slack import render as slack
    from bot.telegram import render as telegram

    messages = [[block.to_dict() for block in message.blocks] for message in slack.card(card)]
    shown = telegram.card(card)
    found: dict[str, Any] = {
        "slack": {"messages": messages},
        "telegram": {"html": shown.html, "keyboard": [[key["text"] for key in row] for row in shown.keyboard]},
    }
    if form is not None:
        found["slack"]["modal"] = modal.form(form, modal.Origin(token="preview", chat="preview")).to_dict()  # noqa: S106
        found["telegram"]["questions"] = [
            {
                "title": group.title,
                "words": f"{field.label}{f' ({field.unit})' if field.unit else ''}",
                "hint": field.hint,
                "quick": [option.label for option in field.options[:6]] or ([field.default] if field.default else []),
            }
            for group in form.groups
            for field in group.fields
        ]
    return found
