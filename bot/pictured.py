"""Photos and files that somebody sends: read for the codes in them, and kept with the case whose card they reply to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot import conversation, looking, scans, seeing, settling, threads
from bot.channel import Reply
from bot.looking import Asker
from bot.talk import Talk
from inventory_core import barcodes, labels
from inventory_core.db.engine import reading, writing
from workflows import asides, attachments, inbox, lookup, people, photos
from workflows.attachments import Kept
from workflows.definition import Language
from workflows.desk import Desk
from workflows.intents import Address, Photo, Sender
from workflows.phrases import say

MOST: Final = 10
"""So many photos of one message are taken."""

_TOLD: Final = 3
"""Up to here each code is answered by a card; of more there is a list."""

_PDF: Final = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came in one message: its words, the files that could be fetched, and the names of those that could not."""

    words: str
    files: tuple[Photo, ...]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file that can be read: as it came, as it is kept, and the words that the codes in it stand for."""

    file: Photo
    kept: Kept
    words: tuple[str, ...]


def answer(
    desk: Desk,
    sender: Sender,
    chat: Address,
    sent: Sent,
    *,
    dedupe: str,
    about: str = "",
    language: Language | None = None,
    is_shared: bool = False,
    before: int = 0,
) -> Reply:
    """Return the answer to a message with files, as ``conversation.answer`` does for one of words alone.

    In a thread of a case the files are added to its paper; one whose code counts as a scan is not, it told its part.
    ``before`` files came with it in messages of their own.
    """
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    if employee is None:
        return Reply(say(language or "en", "refusal.unlinked"))
    talk = Talk(desk, sender, employee, inbox.reader_of(employee, chat, language), dedupe, about, is_shared)
    with reading(desk.engine) as db:
        case_id = threads.case_behind(db, talk)
        if case_id is not None and not asides.has_part(db, desk, case_id, employee):
            return talk.say("thread.no_part")
    if case_id is None and is_shared:  # colleagues among themselves under an alert
        return _together(_of_words(talk, sent.words, ()))
    seen, wrong = _looked_at(desk, sent.files[:MOST])
    scanned, rest = _scanned(talk, seen)
    told = [*_of_words(talk, sent.words, rest), *scanned]
    if case_id is not None:
        told += _attached(talk, case_id, rest, before)
        told += _told(talk, rest)
    else:
        told += _told(talk, rest) or ([] if scanned or sent.words.strip() or not seen else [_nothing_read(talk, seen)])
    return _together([*told, *_refused(talk, (*sent.lost, *wrong), len(sent.files))])


def scanned(
    desk: Desk, sender: Sender, chat: Address, code: str, *, dedupe: str, language: Language | None = None
) -> Reply:
    """Return the answer to a code that a camera read, as to a photo of that code alone."""
    with reading(desk.engine) as db:
        employee = people.who(db, sender)
    if employee is None:
        return Reply(say(language or "en", "refusal.unlinked"))
    talk = Talk(desk, sender, employee, inbox.reader_of(employee, chat, language), dedupe, "")
    word = _word(code)
    if done := _scans_of(talk, [word]):
        return done[0]
    return _named(talk, _ours(talk, word)) or talk.say("photo.unknown", code=word[:60])


def _looked_at(desk: Desk, files: Sequence[Photo]) -> tuple[list[_Seen], list[str]]:
    """Keep the files that can be read, each once, and return the names of the others."""
    seen, wrong = dict[str, _Seen](), list[str]()
    for each in files:
        try:
            digest, size = photos.keep(desk.files, each.content)
        except photos.BadPhoto:
            wrong.append(each.name)
            continue
        read = () if each.content.startswith(_PDF) else seeing.codes(each.content)
        seen.setdefault(digest, _Seen(each, Kept(_name(each), digest, size), tuple(map(_word, read))))
    return list(seen.values()), wrong


def _name(file: Photo) -> str:
    """Return a file's name as it is kept: one that ends with pdf is one, and no other does."""
    stem = file.name[:200].removesuffix(".pdf") or "file"
    return f"{stem}.pdf" if file.content.startswith(_PDF) else stem


def _word(code: str) -> str:
    """Return what somebody would have typed for a code: a code in a photo is a name, and never a command."""
    return labels.word_of(code)


def _scanned(talk: Talk, seen: Sequence[_Seen]) -> tuple[list[Reply], list[_Seen]]:
    """Take the codes as scans where the card replied to, or a pick, takes them; return the files of which none was."""
    told, rest = list[Reply](), list[_Seen]()
    for each in seen:
        replies = _scans_of(talk, each.words)
        told += replies
        if not replies:
            rest.append(each)
    return told, rest


def _scans_of(talk: Talk, words: Sequence[str]) -> list[Reply]:
    if not words:
        return []
    named = [_ours(talk, each) for each in words]
    bins = settling.scanned_bins(talk, " ".join(named)) if talk.about else None
    if bins is not None:
        return [bins]
    return [reply for each in dict.fromkeys(named) if (reply := scans.scanned(talk, each)) is not None]


def _ours(talk: Talk, word: str) -> str:
    """Return the code of our item that a maker's code stands for, or the word as it is."""
    with reading(talk.desk.engine) as db:
        return barcodes.item_of(db, word) or word


def _of_words(talk: Talk, words: str, rest: Sequence[_Seen]) -> list[Reply]:
    """Answer the words beside the photos; a command alone, such as stock, is about the only code in them."""
    if not words.strip():
        return []
    codes = [each for one in rest for each in one.words]
    if words.strip().lstrip("/").lower() in conversation.COMMANDS and len(codes) == 1:
        words = f"{words.strip()} {_ours(talk, codes[0])}"
    pictures = tuple(each.file for each in rest if not each.file.content.startswith(_PDF))
    return [
        conversation.answer(
            talk.desk,
            talk.sender,
            talk.reader.address,
            words,
            dedupe=talk.dedupe,
            about=talk.about,
            language=talk.language,
            is_shared=talk.is_shared,
            photos=pictures,
        )
    ]


def _attached(talk: Talk, case_id: int, rest: Sequence[_Seen], before: int) -> list[Reply]:
    if not rest:
        return []
    with writing(talk.desk.engine) as db:
        attachments.add(db, talk.desk, case_id, talk.employee, [each.kept for each in rest])
    return [replace(talk.say("photo.added", n=before + len(rest)), is_noted=True)]


def _told(talk: Talk, rest: Sequence[_Seen]) -> list[Reply]:
    """Return what there is to say of the codes: of a few all of it, of many what each is."""
    words = dict.fromkeys(_ours(talk, each) for one in rest for each in one.words)
    found = [(each, reply) for each in words if (reply := _named(talk, each)) is not None]
    if len(found) <= _TOLD:
        return [reply for _, reply in found]
    listed = [f"{word}: {reply.cards[0].title}, {reply.cards[0].summary}" for word, reply in found if reply.cards]
    return [Reply("\n".join((say(talk.language, "photo.several", n=len(found)), *listed)))]


def _named(talk: Talk, word: str) -> Reply | None:
    """Return what there is to say of the item, lot, paper or bin of this code."""
    if (found := conversation.named(talk, word)) is not None:
        return found
    with reading(talk.desk.engine) as db:
        bin_ = lookup.bin_of(db, word)
    asker = Asker(talk.desk, talk.employee, talk.reader)
    return looking.at(asker, f"{looking.BIN}{bin_.id}") if bin_ is not None else None


def _nothing_read(talk: Talk, seen: Sequence[_Seen]) -> Reply:
    unknown = [each for one in seen for each in one.words]
    if unknown:
        return talk.say("photo.unknown", code=unknown[0][:60])
    return talk.say("photo.no_code")


def _refused(talk: Talk, names: Sequence[str], count: int) -> list[Reply]:
    """Say in a sentence which files were not taken, and which kinds are."""
    told = [talk.say("photo.not_taken", names=", ".join(each[:60] or "?" for each in names))] if names else []
    return told + ([talk.say("photo.too_many", most=MOST)] if count > MOST else [])


def _together(replies: Sequence[Reply]) -> Reply:
    """Return several answers as one; it is only a note when each of them is."""
    said = [each for each in replies if each != Reply()]
    return Reply(
        "\n".join(dict.fromkeys(each.words for each in said if each.words)),
        tuple(dict.fromkeys(card for each in said for card in each.cards)),
        picture=next((each.picture for each in said if each.picture), None),
        form=next((each.form for each in said if each.form), None),
        paper=next((each.paper for each in said if each.paper), None),
        is_noted=bool(said) and all(each.is_noted for each in said),
    )
