"""Words as the answer to the task of a card: taken when they are plain, and asked back when they could be wrong."""

from collections.abc import Mapping
from dataclasses import replace

from bot import doubts, hearing, spoken_bins, threads
from bot.channel import Reply
from bot.hearing import Heard
from bot.talk import Talk
from inventory_core.db.engine import reading, writing
from inventory_core.errors import RuleBroken
from workflows import act, cases, inbox, photos, proposals, rights, rules
from workflows.book import CompanyBook
from workflows.cards import Card, Form, Refused
from workflows.cases import Task
from workflows.inbox import Asked
from workflows.intents import Intent
from workflows.phrases import say, say_error
from workflows.proposals import Proposal


def answered(talk: Talk, words: str) -> Reply | str:
    """Take the words as the answer to the card replied to, or else to the only one that waits.

    Returns the key of what is said when they are no answer.
    """
    card = _meant(talk)
    if card is None:
        return _meant_nothing(talk, words)
    task_id = int(card.subject.partition(":")[2])
    if not card.buttons:
        is_answer = not talk.about or hearing.is_yes(words) or hearing.is_figures(words)
        return Reply(card.status, (card,)) if is_answer else "help.unclear"
    if (said := _confirmed(talk, task_id, words)) is not None:
        return said
    if hearing.is_yes(words):
        simple = [each for each in card.buttons if each.tone == "good" and not each.opens_form]
        return acted(talk, simple[0].token, {}) if len(simple) == 1 else "help.unclear"
    return _figures(talk, card, task_id, words)


def scanned_bins(talk: Talk, words: str) -> Reply | None:
    """Take codes that were photographed as the bins of a card that hears them; None where it hears none."""
    card = _meant(talk) if talk.about else None
    for button in card.buttons if card else ():
        asked = inbox.asked(talk.desk, button.token, talk.reader) if button.opens_form else None
        if asked is not None and asked.outcome.hears and asked.outcome.hears_code:
            try:
                heard = _bins_named(talk, asked, words)
            except RuleBroken as error:
                return Reply(say_error(talk.language, error))
            return acted(talk, button.token, heard, asked.form) if heard is not None else None
    return None


def decided(talk: Talk, token: str) -> Reply:
    """Answer a tap under a question whether figures were meant so."""
    verb, number, name = (*token.split(":", 2), "", "")[:3]
    task_id = int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0
    with reading(talk.desk.engine) as db:
        held = proposals.held(db, talk.desk, talk.sender, talk.reader.address, task_id)
    if held is None or held.name != name:
        return replace(talk.say("thread.other_figures"), replaces=True)
    if f"{verb}:" == doubts.SURE:
        return replace(_settled(talk, task_id, held), cards=(), replaces=True)
    return replace(_dropped(talk, task_id), replaces=True)


def acted(talk: Talk, token: str, answers: Mapping[str, str], form: Form | None = None, *, dedupe: str = "") -> Reply:
    """Settle a task by a button and the answers to its form, with the photos that came along where it asks for any."""
    given = doubts.photo_field(form)
    intent = Intent(
        talk.sender,
        talk.reader.address,
        token,
        dedupe or f"words:{talk.dedupe}",
        answers,
        {given: talk.photos} if given and talk.photos else {},
    )
    result = act.act(talk.desk, intent, language=talk.language)
    if isinstance(result, Refused) and result.errors and form is not None:
        name, sentence = next(iter(result.errors.items()))
        label = next((each.label for each in form.fields if each.name == name and "." not in name), "")
        return Reply(f"{label}: {sentence}" if label else sentence, form=_prefilled(form, answers))
    return Reply(result.words, (result.card,) if result.card and not talk.is_shared else ())


def _meant(talk: Talk) -> Card | None:
    """Return the card replied to; of a case its open task that this person may settle; else the only one that waits."""
    if talk.task_id is not None:
        return inbox.task_card(talk.desk, talk.task_id, talk.reader)
    if talk.case_id is not None:
        with reading(talk.desk.engine) as db:
            mine = cases.open_tasks(db, talk.employee.id, now=talk.desk.clock())
        of_case = [each for each in mine if each.instance_id == talk.case_id]
        return inbox.task_card(talk.desk, of_case[0].id, talk.reader) if len(of_case) == 1 else None
    # Where others read, the only one that waits may be another than they talk about.
    is_alone = not (talk.about or talk.is_shared)
    waiting = inbox.open_cards(talk.desk, talk.employee, talk.reader) if is_alone else ()
    return waiting[0] if len(waiting) == 1 else None


def _meant_nothing(talk: Talk, words: str) -> Reply | str:
    """Return what is said to words that no task waits for; figures in a thread are never kept as a comment alone."""
    if not talk.about:
        return "help.which_task" if any(map(str.isdigit, words)) else "help.unclear"
    return talk.say("thread.nothing_asked") if hearing.is_figures(words) else "help.unclear"


def _confirmed(talk: Talk, task_id: int, words: str) -> Reply | None:
    """Take words as yes or no to what was asked back; None when nothing was, or they say something else."""
    if not (hearing.is_sure(words) or hearing.is_no(words)):
        return None
    with reading(talk.desk.engine) as db:
        held = proposals.held(db, talk.desk, talk.sender, talk.reader.address, task_id)
    if held is None:
        return None
    return _settled(talk, task_id, held) if hearing.is_sure(words) else _dropped(talk, task_id)


def _settled(talk: Talk, task_id: int, held: Proposal) -> Reply:
    if held.is_over:
        _dropped(talk, task_id)
        return talk.say("thread.too_late")
    kept = {name: tuple(photos.load(talk.desk.files, each) for each in held.photos[name]) for name in held.photos}
    asked = inbox.asked(talk.desk, held.token, talk.reader)
    given = replace(talk, photos=next(iter(kept.values()), ()))
    return acted(given, held.token, held.answers, asked.form if asked else None, dedupe=f"sure:{held.name}")


def _dropped(talk: Talk, task_id: int) -> Reply:
    with writing(talk.desk.engine) as db:
        proposals.drop(db, talk.sender, talk.reader.address, task_id)
    return talk.say("thread.dropped")


def _figures(talk: Talk, card: Card, task_id: int, words: str) -> Reply | str:
    """Take the figures in words as the answer to the first form that hears them."""
    for button in card.buttons:
        asked = inbox.asked(talk.desk, button.token, talk.reader) if button.opens_form else None
        if asked is None or not asked.outcome.hears:
            continue
        try:
            if asked.outcome.hears_code:
                bins = _bins_named(talk, asked, words)
                return acted(talk, button.token, bins, asked.form) if bins is not None else "help.unclear"
            return _heard(talk, asked, task_id, words)
        except RuleBroken as error:
            return Reply(say_error(talk.language, error))
    return "help.unclear"


def _heard(talk: Talk, asked: Asked, task_id: int, words: str) -> Reply | str:
    lines = asked.document.lines
    heard = hearing.hear(words, lines)
    if heard is not None:
        answers = _answers(asked, heard, words)
        if why := _doubt(talk, asked, task_id, heard, answers):
            return doubts.ask_back(talk, asked, task_id, heard, answers, why=why)
        return acted(talk, asked.form.token, answers, asked.form)
    if not any(map(str.isdigit, words)):
        return "help.unclear"
    if hearing.is_figures(words):
        said = say(talk.language, "thread.which_line", code=lines[0].item_code, words=words.strip())
        return Reply(said, form=asked.form)
    if not talk.about:
        return Reply(say(talk.language, "help.unclear"), form=asked.form)
    return _half_heard(talk, asked, task_id, words)


def _half_heard(talk: Talk, asked: Asked, task_id: int, words: str) -> Reply | str:
    """Keep words with figures among them as a comment, and ask whether the figures were meant as the answer, too."""
    if not hearing.has_figures(words) or _asked_for(talk, task_id) is None:
        return "help.unclear"
    noted = threads.remarked(talk, words)
    if not noted.is_noted:
        return noted
    guessed = hearing.guess(words, asked.document.lines)
    if guessed is None:
        return Reply(say(talk.language, "thread.noted_form"), form=asked.form)
    why = say(talk.language, "thread.noted_figures")
    return doubts.ask_back(talk, asked, task_id, guessed, _answers(asked, guessed, words), why=why)


def _doubt(talk: Talk, asked: Asked, task_id: int, heard: Mapping[int, Heard], answers: Mapping[str, str]) -> str:
    """Return why figures are asked back although they are plain, or nothing."""
    task = _asked_for(talk, task_id)
    if task is not None and not rights.is_own(task, talk.employee):
        return say(talk.language, "thread.for_other")
    expected = doubts.far_from(asked, heard, answers)
    return say(talk.language, "thread.far", expected=expected) if expected else ""


def _asked_for(talk: Talk, task_id: int) -> Task | None:
    """Return a task if this person may settle it, for themselves or for whom they stand in."""
    with reading(talk.desk.engine) as db:
        mine = cases.open_tasks(db, talk.employee.id, now=talk.desk.clock())
    return next((each for each in mine if each.id == task_id), None)


def _answers(asked: Asked, heard: Mapping[int, Heard], words: str) -> dict[str, str]:
    """Return the form's answers as the outcome hears them; lines that nobody spoke of keep their defaults."""
    answers = {field.name: field.default for field in asked.form.fields if field.default}
    for position, said in heard.items():
        for name, rule in asked.outcome.heard_rules.items():
            answers[f"{name}.{position}"] = f"{rules.number(rule, said.values):f}"
    for field in asked.form.fields:
        for option in field.options:
            place = field.name.rpartition(".")[2]
            if option.label.lower() in words.lower() and place.isdigit() and int(place) in heard:
                answers[field.name] = option.value
    return answers


def _bins_named(talk: Talk, asked: Asked, words: str) -> dict[str, str] | None:
    with reading(talk.desk.engine) as db:
        book = CompanyBook(db, talk.reader.name)
        return spoken_bins.answers(asked, words, lambda word: book.find("location", word))


def _prefilled(form: Form, answers: Mapping[str, str]) -> Form:
    groups = tuple(
        replace(
            group, fields=tuple(replace(each, default=answers.get(each.name, each.default)) for each in group.fields)
        )
        for group in form.groups
    )
    return replace(form, groups=groups)
