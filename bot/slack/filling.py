"""What people do in a form's modal: they write, turn its pages, look things up, send it, or close it unsent."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import structlog
from slack_sdk.models.views import View

from bot.outgoing import Outgoing, Turns
from bot.plain import language_of
from bot.slack import details, elements, files, modal, standing, unfinished
from bot.slack.api import Api
from bot.slack.modal import Origin
from bot.slack.pages import book, row_of, rows_of, without_row
from bot.slack.parse import InForm, Search, Submission, Touch
from bot.slack.send import SlackChannel
from bot.slack.unfinished import Standing
from workflows import act, photos, suggestions, unsent
from workflows.cards import Card, Form, Refused
from workflows.definition import Language
from workflows.desk import Desk
from workflows.intents import Intent, Photo, Sender
from workflows.phrases import say

log = structlog.get_logger()

Ack = Callable[..., Awaitable[object]]
Body = Mapping[str, Any]
_T = TypeVar("_T")
Show = Callable[[Origin, Sender, Card | None], None]
_DIGITS_MAX = 6


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Slack is told about a sent modal; ``card`` is what became of it, once it counts or can't count any more."""

    said: Mapping[str, Any]
    card: Card | None = None
    is_over: bool = False


class Filling:
    """Takes what is done in forms. ``show`` brings the message under which a form stood up to date."""

    def __init__(self, desk: Desk, api: Api, outgoing: Outgoing, *, show: Show) -> None:
        self._desk = desk
        self._api = api
        self._channel = SlackChannel(api)
        self._outgoing = outgoing
        self._show = show
        self._turns = Turns()

    def view(self, sender: Sender, form: Form, origin: Origin) -> View:
        """Return a form's first page as it is opened, with what the person had written before. Blocks."""
        origin = origin.model_copy(update={"token": form.token})
        found = unfinished.standing(self._desk, sender, origin, form=form)
        if found is None:
            return modal.form(form, origin)
        if found.told:
            unsent.save(self._desk, sender, form.token, found.told)
        kinds = {each.kind for each in found.form.fields} & elements.SEARCHED
        if kinds:
            suggestions.prepare(self._desk, kinds)
        return unfinished.view(self._desk, found, begun=found.begun)

    async def sent(self, ack: Ack, body: Body) -> None:
        """Take a sent page: show the next one, act on the last, or say on its field what is wrong."""
        sent = Submission.model_validate(body)
        answer = await self._in_turn(sent, self._sent, sent)
        await ack(**answer.said)
        if answer.is_over:
            self._show(sent.origin, sent.sender, answer.card)

    async def touched(self, ack: Ack, body: Body) -> None:
        """Keep what is being written; questions that it calls for, or no longer, come and go."""
        touch = Touch.model_validate(body)
        changed = await self._in_turn(touch, self._touched, touch)
        if changed is not None:
            self._post(
                touch, self._channel.update_view, touch.sender.workspace, touch.view.id, changed, touch.view.hash
            )
        await ack()

    async def pressed(self, ack: Ack, body: Body) -> None:
        """Turn a page back, add or take out a row, start afresh, or show what the form is about."""
        touch = Touch.model_validate(body)
        if touch.action_id == modal.DETAILS:
            await self._in_turn(touch, self._keep, touch)
            self._post(touch, self._look, touch)
        else:
            view = await self._in_turn(touch, self._pressed, touch)
            self._post(touch, self._channel.update_view, touch.sender.workspace, touch.view.id, view, "")
        await ack()

    async def turned(self, ack: Ack, body: Body) -> None:
        """Turn the pages of the details."""
        touch = Touch.model_validate(body)
        view = await asyncio.to_thread(self._details, touch, touch.value)
        self._post(touch, self._channel.update_view, touch.sender.workspace, touch.view.id, view, "")
        await ack()

    async def searched(self, ack: Ack, body: Body) -> None:
        """Offer what the words in a field may mean."""
        search = Search.model_validate(body)
        intent = Intent(search.sender, search.chat, search.origin.token, "")
        found = await asyncio.to_thread(suggestions.suggest, self._desk, intent, search.block_id, search.value)
        await ack(options=[elements.option(each.label, each.value).to_dict() for each in found])

    async def closed(self, ack: Ack, body: Body) -> None:
        """Keep what stood in a modal that was closed without being sent."""
        closed = Submission.model_validate(body)
        await self._in_turn(closed, self._keep, closed)
        await ack()

    def _sent(self, sent: Submission) -> _Answer:
        try:
            came = self._files(sent)
        except _Lost as lost:
            return _errors({lost.field: say(lost.language, lost.key)})
        words = sent.view.state.words
        found = unfinished.standing(self._desk, sent.sender, sent.origin, words)
        if found is None:  # settled, changed, or not theirs: the act tells which
            return self._act(sent, words, came, None)
        digests = {name: [digest for digest, _ in each] for name, each in came.items()}
        found = replace(found, files={**found.files, **digests})
        whole = unfinished.pages(self._desk, found)
        if whole.is_one_page or found.is_summary:
            return self._act(sent, unfinished.raw(found), came, found)
        return self._next(sent, found, digests)

    def _next(self, sent: Submission, found: Standing, digests: Mapping[str, Sequence[str]]) -> _Answer:
        """Keep a page and show the next one, or the summary; it stays while something on it is wrong."""
        filled = unfinished.filled(self._desk, found)
        whole = book(found.form, filled, found.origin.rows)
        before = set(sent.view.state.values)
        here = [number for name in before if (number := whole.page_of(name)) is not None]
        number = max(here, default=found.page_in(whole))
        wrong = unfinished.checked(self._desk, found).errors
        if errors := {name: wrong[name] for name in before if name in wrong}:
            return _errors(errors)
        unsent.save(self._desk, sent.sender, sent.origin.token, sent.view.state.words, digests)
        if whole.pages[number].names - before:  # a question that the answers have just called for
            following = found.at(number, turned=False)
        elif found.origin.returns or number + 1 >= len(whole.pages):
            following = found.at(modal.SUMMARY, returns=False)
        else:
            following = found.at(number + 1)
        return _Answer({"response_action": "update", "view": unfinished.view(self._desk, following).to_dict()})

    def _act(
        self,
        sent: Submission,
        words: Mapping[str, str],
        came: Mapping[str, Sequence[tuple[str, Photo]]],
        found: Standing | None,
    ) -> _Answer:
        earlier = {name: each for name, each in found.files.items() if name not in came} if found else {}
        kept = {name: tuple(photos.load(self._desk.files, one) for one in each) for name, each in earlier.items()}
        given = {**kept, **{name: tuple(photo for _, photo in each) for name, each in came.items()}}
        intent = Intent(sent.sender, sent.chat, sent.origin.token, sent.dedupe, words, given)
        result = act.act(self._desk, intent)
        if isinstance(result, Refused) and result.errors:
            if found is None or set(result.errors) <= set(sent.view.state.values):
                return _errors(result.errors)
            return self._elsewhere(sent, found, result.errors)
        if isinstance(result, Refused):
            return _Answer({"response_action": "update", "view": refusal(result).to_dict()}, result.card, is_over=True)
        if found is not None and found.begun:
            unsent.drop(self._desk, sent.sender, sent.origin.token)
        return _Answer({}, result.card, is_over=True)

    def _elsewhere(self, sent: Submission, found: Standing, errors: Mapping[str, str]) -> _Answer:
        """Lead back to the page of the first wrong answer, with what is wrong above it."""
        unsent.save(self._desk, sent.sender, sent.origin.token, sent.view.state.words, found.files)
        whole = unfinished.pages(self._desk, found)
        at = min((number for name in errors if (number := whole.page_of(name)) is not None), default=0)
        back = found.at(at, turned=not whole.is_one_page, returns=not whole.is_one_page)
        view = unfinished.view(self._desk, back, errors=errors)
        return _Answer({"response_action": "update", "view": view.to_dict()})

    def _touched(self, touch: Touch) -> View | None:
        """Keep what is written, and return the page if other questions are on it now."""
        found = self._keep(touch)
        if found is None or not any(each.is_conditional for each in found.form.fields):
            return None
        whole = unfinished.pages(self._desk, found)
        number = whole.page_of(touch.field)
        if number is None or whole.pages[number].names == set(touch.view.state.values):
            return None
        return unfinished.view(self._desk, found.at(number, turned=False))

    def _keep(self, seen: InForm) -> Standing | None:
        """Keep what stands in a modal, and return the form."""
        words = seen.view.state.words
        found = unfinished.standing(self._desk, seen.sender, seen.origin)
        if found is None:
            return None
        standing_there = unfinished.raw(found)
        if any(value != standing_there.get(name, "") for name, value in words.items() if name in standing_there):
            unsent.save(self._desk, seen.sender, seen.origin.token, words)
        return replace(found, answers={**found.answers, **words})

    def _pressed(self, touch: Touch) -> View:
        found = self._keep(touch)
        if found is None:
            language = standing.language_of(self._desk, touch.sender) or "en"
            return modal.notice("Storekeeper", say(language, "refusal.expired_card"), language)
        whole = unfinished.pages(self._desk, found)
        number = found.page_in(whole)
        if touch.action_id == modal.AFRESH:
            unsent.drop(self._desk, touch.sender, touch.origin.token)
            found = replace(found, answers={}, files={}).at(0, rows={}, returns=False)
        elif touch.action_id == modal.BACK:
            found = found.at(max(number - 1, 0), returns=False)
        elif touch.action_id.startswith(modal.PAGE):
            found = found.at(_number(touch.value), returns=True)
        elif touch.action_id.startswith(modal.ADD):
            found = self._with_row(found, touch.value)
        elif touch.action_id == modal.DROP:
            found = self._without_row(touch, found)
        return unfinished.view(self._desk, found)

    def _with_row(self, found: Standing, table: str) -> Standing:
        """Return the form with one row more, at the page on which that row begins."""
        count = rows_of(found.form, found.answers, found.origin.rows).get(table, 1) + 1
        more = found.at(found.origin.page, turned=False, rows={**found.origin.rows, table: count})
        names = [each.name for each in found.form.fields if row_of(each.name) == (table, count)]
        page = unfinished.pages(self._desk, more).page_of(names[0]) if names else None
        moved = page is not None and page != found.origin.page
        return more.at(found.origin.page if page is None else page, turned=moved)

    def _without_row(self, touch: Touch, found: Standing) -> Standing:
        table, _, number = touch.value.rpartition(".")
        count = rows_of(found.form, found.answers, found.origin.rows).get(table, 1)
        answers = without_row(found.form, found.answers, table, _number(number), count=count)
        unsent.save(self._desk, touch.sender, touch.origin.token, answers)
        rows = {**found.origin.rows, table: max(count - 1, 1)}
        return replace(found, answers=answers).at(found.origin.page, rows=rows)

    def _look(self, touch: Touch) -> None:
        self._channel.push_view(touch.sender.workspace, touch.trigger_id, self._details(touch, "0"))

    def _details(self, touch: Touch, page: str) -> View:
        found = unfinished.standing(self._desk, touch.sender, touch.origin)
        language = standing.language_of(self._desk, touch.sender) or "en"
        if found is None:
            return modal.notice("Storekeeper", say(language, "refusal.expired_card"), language)
        return details.view(self._desk, found, _number(page))

    def _files(self, sent: Submission) -> dict[str, Sequence[tuple[str, Photo]]]:
        """Return the files that came, each with the digest under which it is kept. Raises _Lost."""
        came: dict[str, Sequence[tuple[str, Photo]]] = {}
        for field, given in sent.view.state.files.items():
            language = standing.language_of(self._desk, sent.sender) or "en"
            try:
                fetched = [files.fetch(each, self._api, sent.sender.workspace) for each in given]
                came[field] = [(photos.keep(self._desk.files, each.content)[0], each) for each in fetched]
            except files.PhotoLost:
                raise _Lost(field, language, "slack.photo_lost") from None
            except photos.BadPhoto:
                raise _Lost(field, language, "field.bad_photo") from None
        return came

    async def _in_turn(self, seen: InForm, do: Callable[..., _T], *given: Any) -> _T:
        """Do what somebody did after what they did before in the same modal: what was written last is what is kept."""
        async with self._turns.of(seen.view.id):
            return await asyncio.to_thread(do, *given)

    def _post(self, seen: InForm, call: Callable[..., object], *given: Any) -> None:
        key = f"slack:{seen.sender.workspace}:{seen.view.id}"
        self._outgoing.post(key, partial(asyncio.to_thread, call, *given), tries=1)


class _Lost(Exception):
    """A file could not be fetched, or is none that is taken."""

    def __init__(self, field: str, language: Language, key: str) -> None:
        super().__init__(field)
        self.field = field
        self.language = language
        self.key = key


def refusal(refused: Refused) -> View:
    """Return a modal that says why something did not count."""
    title, language = (refused.card.title, refused.card.language) if refused.card else ("Storekeeper", "en")
    return modal.notice(title, refused.words, language_of(language))


def _number(words: str) -> int:
    return int(words) if words.isascii() and words.isdigit() and len(words) < _DIGITS_MAX else 0


def _errors(errors: Mapping[str, str]) -> _Answer:
    return _Answer({"response_action": "errors", "errors": dict(errors)})
