"""The methods that put a message into a chat, or change or remove one."""

from typing import Any

from tests.telegram_server import keyboards
from tests.telegram_server.chats import Chat, Message, Shown
from tests.telegram_server.markup import Formatted, formatted, units
from tests.telegram_server.pictures import UPLOAD_BYTES_MAX, checked_photo
from tests.telegram_server.refusals import Refusal, bad_request
from tests.telegram_server.spec import Upload
from tests.telegram_server.state import BOT_ID, State

JsonObject = dict[str, Any]

TEXT_UNITS_MAX = 4096
CAPTION_UNITS_MAX = 1024
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


def _text(values: JsonObject, *, too_long: str) -> Formatted:
    words = formatted(values.get("text", ""), parse_mode=values.get("parse_mode"), entities=values.get("entities"))
    if not words.text:
        raise bad_request("message text is empty")
    if units(words.text) > TEXT_UNITS_MAX:
        raise bad_request(too_long)
    return words


def _caption(values: JsonObject) -> Formatted:
    words = formatted(
        values.get("caption", ""), parse_mode=values.get("parse_mode"), entities=values.get("caption_entities")
    )
    if units(words.text) > CAPTION_UNITS_MAX:
        raise bad_request("message caption is too long")
    return words


def _new_message(state: State, values: JsonObject, words: Formatted) -> Message:
    """Return a message that is not in its chat yet; all refusals about chat, topic, reply and keyboard come here."""
    chat = state.chat(values["chat_id"])
    thread_id = values.get("message_thread_id")
    if thread_id is not None and thread_id not in chat.topics:
        raise bad_request("message thread not found")
    markup = values.get("reply_markup")
    shown = Shown(words, keyboards.inline_keyboard(chat, markup), state.date())
    message = Message(state.next_number(), chat, state.bot, [shown], thread_id=thread_id)
    message.silent = values.get("disable_notification", False)
    if reply := values.get("reply_parameters"):
        message.reply_to = chat.message(reply["message_id"])
        if message.reply_to is None and not reply.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
    message.is_selective = (markup or {}).get("selective", False)
    keyboards.lay_reply_keyboard(chat, markup)
    if markup and "keyboard" in markup:
        chat.keyboard_from = message
    return message


def send_message(state: State, values: JsonObject) -> JsonObject:
    words = _text(values, too_long="message is too long")
    return state.add(_new_message(state, values, words)).as_json()


def send_photo(state: State, values: JsonObject) -> JsonObject:
    caption = _caption(values)
    content = _content(state, values["photo"])
    size = checked_photo(content)
    message = _new_message(state, values, caption)
    message.photo, message.photo_size, message.file_id = content, size, state.keep_file(content)
    return state.add(message).as_json()


def send_document(state: State, values: JsonObject) -> JsonObject:
    caption = _caption(values)
    given = values["document"]
    content = _content(state, given)
    if len(content) > UPLOAD_BYTES_MAX:
        raise Refusal(413, "Request Entity Too Large")
    message = _new_message(state, values, caption)
    message.file, message.file_id = content, state.keep_file(content)
    message.file_name = given.name if isinstance(given, Upload) else "file"
    return state.add(message).as_json()


def _content(state: State, given: str | Upload) -> bytes:
    if isinstance(given, Upload):
        if not given.content:
            raise bad_request("file must be non-empty")
        return given.content
    if given in state.files:
        return state.files[given]
    raise bad_request("wrong remote file identifier specified: Wrong character in the string")


def send_chat_action(state: State, values: JsonObject) -> bool:
    if values["action"] not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    state.chat(values["chat_id"]).actions.append(values["action"])
    return True


def _to_edit(state: State, values: JsonObject) -> tuple[Chat, Message]:
    if "inline_message_id" in values:
        raise bad_request("MESSAGE_ID_INVALID")
    if "chat_id" not in values:
        raise bad_request("chat_id is empty")
    if "message_id" not in values:
        raise bad_request("message identifier is not specified")
    chat = state.chat(values["chat_id"])
    message = chat.message(values["message_id"])
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender["id"] != BOT_ID:
        raise bad_request("message can't be edited")
    return chat, message


def _change(state: State, message: Message, words: Formatted, markup: JsonObject | None) -> JsonObject:
    keyboard = keyboards.inline_keyboard(message.chat, markup)
    if (words, keyboard) == (message.now.words, message.now.keyboard):
        raise bad_request(_NOT_MODIFIED)
    message.versions.append(Shown(words, keyboard, state.date()))
    state.changed.notify_all()
    return message.as_json()


def edit_message_text(state: State, values: JsonObject) -> JsonObject:
    _, message = _to_edit(state, values)
    words = _text(values, too_long="MESSAGE_TOO_LONG")
    if message.is_media:
        raise bad_request("there is no text in the message to edit")
    return _change(state, message, words, values.get("reply_markup"))


def edit_message_caption(state: State, values: JsonObject) -> JsonObject:
    _, message = _to_edit(state, values)
    if not message.is_media:
        raise bad_request("there is no caption in the message to edit")
    return _change(state, message, _caption(values), values.get("reply_markup"))


def edit_message_reply_markup(state: State, values: JsonObject) -> JsonObject:
    _, message = _to_edit(state, values)
    return _change(state, message, message.now.words, values.get("reply_markup"))


def edit_message_media(state: State, values: JsonObject) -> JsonObject:
    """Put another photo or file, and its caption, in the place of what stood there."""
    _, message = _to_edit(state, values)
    media = values["media"]
    content = _content(state, media["media"])
    keyboard = keyboards.inline_keyboard(message.chat, values.get("reply_markup"))
    caption = _caption(media)
    if media["type"] == "photo":
        message.photo_size = checked_photo(content)
        message.photo, message.file = content, None
    elif media["type"] == "document":
        message.file, message.photo = content, None
    else:
        raise bad_request("can't parse InputMedia: Wrong type specified")
    message.file_id = state.keep_file(content)
    message.versions.append(Shown(caption, keyboard, state.date()))
    state.changed.notify_all()
    return message.as_json()


def delete_message(state: State, values: JsonObject) -> bool:
    message = state.chat(values["chat_id"]).message(values["message_id"])
    if message is None:
        raise bad_request("message to delete not found")
    message.is_deleted = True
    state.changed.notify_all()
    return True
