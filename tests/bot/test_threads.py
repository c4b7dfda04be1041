"""What is said in the thread of a card, the same on every face: answers, doubts, comments, and who may say them."""

import pytest
from sqlalchemy import text

from bot import conversation
from bot.channel import Reply
from inventory_core.db.engine import reading, writing
from tests.world import World
from workflows import people, remarks, standins
from workflows.intents import Sender


def say(world: World, code: str, words: str, *, about: str, dedupe: str = "", is_shared: bool = False) -> Reply:
    return conversation.answer(
        world.desk,
        Sender("web", "", code),
        world.address(code),
        words,
        dedupe=dedupe or f"m{next(world.ids)}",
        about=about,
        is_shared=is_shared,
    )


def tap(world: World, code: str, reply: Reply, label: str) -> Reply:
    token = next(each.token for each in reply.cards[0].buttons if each.label == label)
    told = conversation.followed(world.desk, Sender("web", "", code), world.address(code), token, dedupe="t1")
    assert told is not None
    return told


def receipt(world: World, *lines: tuple[str, int, str]) -> str:
    world.given_receipt(*(lines or (("CHAIN", 20, "1"),)))
    return world.inbox("lin")[0].subject


def received(world: World) -> dict[str, str]:
    return {each.label: each.value for each in world.inbox("maria")[0].rows[0].figures}


def decisions(world: World) -> int:
    with reading(world.engine) as db:
        return int(db.execute(text("SELECT COUNT(*) FROM decisions")).scalar_one())


def comments(world: World) -> list[str]:
    with reading(world.engine) as db:
        return list(db.execute(text("SELECT words FROM remarks ORDER BY id")).scalars())


@pytest.mark.parametrize("words", ["18 ok 2 damaged", "18个好2个坏", "18 ok, 2 damaged"])
def test_plain_figures_near_what_is_expected_settle_the_task(shop: World, words: str) -> None:
    about = receipt(shop)
    assert say(shop, "lin", words, about=about).words == "Done: Something differs."
    assert received(shop) == {"Received": "20 pc", "Of these damaged": "2 pc"}
    assert comments(shop) == []


@pytest.mark.parametrize("words", ["2", "200", "0"])
def test_a_figure_far_from_what_is_expected_is_asked_back_and_settles_nothing(shop: World, words: str) -> None:
    about = receipt(shop)
    asked = say(shop, "lin", words, about=about)
    assert asked.cards[0].title == "Something differs: is this right?"
    assert asked.cards[0].summary == "20 pc were expected."
    assert asked.cards[0].rows[0].figures[0].value == f"{words} pc"
    assert decisions(shop) == 0 and comments(shop) == []


def test_a_yes_in_the_thread_settles_it_and_once(shop: World) -> None:
    about = receipt(shop)
    asked = say(shop, "lin", "2", about=about)
    assert say(shop, "lin", "yes", about=about).words == "Done: Something differs."
    assert received(shop)["Received"] == "2 pc"
    assert say(shop, "lin", "yes", about=about).cards[0].status == "Waiting for: quality inspector"
    assert tap(shop, "lin", asked, "Yes, record it").words == "Already recorded: Something differs."
    assert decisions(shop) == 1


def test_a_tap_settles_it_and_a_tap_on_an_older_question_does_not(shop: World) -> None:
    about = receipt(shop)
    older, newer = say(shop, "lin", "2", about=about), say(shop, "lin", "3", about=about)
    assert tap(shop, "lin", older, "Yes, record it").words.startswith("This question is over")
    assert decisions(shop) == 0
    done = tap(shop, "lin", newer, "Yes, record it")
    assert done.words == "Done: Something differs." and done.replaces
    assert received(shop)["Received"] == "3 pc"


def test_a_no_records_nothing_and_the_yes_after_it_means_the_card_again(shop: World) -> None:
    about = receipt(shop)
    say(shop, "lin", "2", about=about)
    assert say(shop, "lin", "no", about=about).words == "Nothing was recorded."
    assert decisions(shop) == 0
    assert say(shop, "lin", "yes", about=about).words == "Done: All arrived as ordered."


def test_a_yes_that_comes_too_late_is_not_taken_for_another_answer(shop: World) -> None:
    about = receipt(shop)
    say(shop, "lin", "2", about=about)
    shop.pass_time(hours=9)
    assert say(shop, "lin", "ok", about=about).words.startswith("That was too long ago")
    assert decisions(shop) == 0


def test_nobody_else_confirms_what_somebody_said(shop: World) -> None:
    about = receipt(shop)
    asked = say(shop, "lin", "2", about=about)
    with writing(shop.engine) as db:
        people.create(db, "wang", "Wang Fang", language="zh", roles=["storekeeper"])
    assert tap(shop, "wang", asked, "Yes, record it").words.startswith("之后又有了新的数量")
    assert decisions(shop) == 0


@pytest.mark.parametrize("words", ["maybe 20", "20?", "20 but the boxes are wet", "大概20个"])
def test_figures_among_other_words_are_a_comment_and_asked_back(shop: World, words: str) -> None:
    about = receipt(shop)
    asked = say(shop, "lin", words, about=about)
    assert asked.cards[0].summary.startswith("Noted as a comment.")
    assert comments(shop) == [words] and decisions(shop) == 0
    assert tap(shop, "lin", asked, "Yes, record it").words == "Done: Something differs."
    assert received(shop)["Received"] == "20 pc"


def test_figures_that_can_mean_several_things_lead_to_the_form(shop: World) -> None:
    about = receipt(shop)
    asked = say(shop, "lin", "18 or 19", about=about)
    assert asked.form is not None and comments(shop) == ["18 or 19"] and decisions(shop) == 0


def test_a_figure_that_several_lines_could_mean_is_asked_back(shop: World) -> None:
    about = receipt(shop, ("CHAIN", 20, "1"), ("FRAME", 20, "1"))
    asked = say(shop, "lin", "20", about=about)
    assert asked.words.startswith("Several lines are asked for. Name the line, for example CHAIN: 20")
    assert asked.form is not None and decisions(shop) == 0


def test_a_stand_in_is_asked_back_and_answers_for_the_other(shop: World) -> None:
    about = receipt(shop)
    with writing(shop.engine) as db:
        standins.appoint(
            db,
            from_id=shop.person("lin").id,
            to_id=shop.person("chen").id,
            from_at=shop.now,
            until_at=shop.now.replace(day=28),
            now=shop.now,
        )
    asked = say(shop, "chen", "20", about=about)
    assert asked.cards[0].summary == "You answer for somebody else here." and decisions(shop) == 0
    assert tap(shop, "chen", asked, "Yes, record it").words == "Done: Something differs."


def test_figures_of_somebody_who_is_not_asked_are_refused(shop: World) -> None:
    about = receipt(shop)
    assert say(shop, "otto", "20", about=about).words.startswith("This is for: storekeeper")
    assert decisions(shop) == 0


def test_other_words_are_a_comment_that_everybody_sees_and_kept_once(shop: World) -> None:
    about = receipt(shop)
    for _ in range(2):
        reply = say(shop, "lin", "the pallet at G-7 is wet, call 555-1234", about=about, dedupe="same")
    assert reply == Reply("Noted.", is_noted=True)
    assert comments(shop) == ["the pallet at G-7 is wet, call 555-1234"]
    shop.tap("lin", "All arrived as ordered")
    assert any("the pallet at G-7" in line for line in shop.inbox("maria")[0].story)


def test_a_comment_is_taken_after_the_task_is_settled_and_figures_say_how_it_stands(shop: World) -> None:
    about = receipt(shop)
    shop.tap("lin", "All arrived as ordered")
    assert say(shop, "lin", "the driver came late", about=about).is_noted
    assert say(shop, "lin", "18", about=about).cards[0].status == "Waiting for: quality inspector"
    assert decisions(shop) == 1


def test_who_has_no_part_gets_a_sentence_and_nothing_is_kept(shop: World) -> None:
    about = receipt(shop)
    with writing(shop.engine) as db:
        people.create(db, "eve", "Eve Blake", language="en", roles=["designer"])
    assert say(shop, "eve", "hello there", about=about).words == "You have no part in this case, so nothing was kept."
    assert say(shop, "eve", "maybe 20", about=about).words == "You have no part in this case, so nothing was kept."
    assert say(shop, "eve", "20", about=about).words.startswith("This is for: storekeeper")
    assert comments(shop) == [] and decisions(shop) == 0


def test_a_comment_that_is_too_long_is_said_so_and_not_cut(shop: World) -> None:
    about = receipt(shop)
    reply = say(shop, "lin", "wet " * 200, about=about)
    assert reply.words.startswith(f"A comment holds at most {remarks.LONGEST} signs, and this has 799.")
    assert comments(shop) == []


def test_questions_and_commands_work_in_a_thread(shop: World) -> None:
    about = receipt(shop)
    assert say(shop, "lin", "stock chain?", about=about).cards[0].title.startswith("CHAIN")
    assert say(shop, "lin", "CHAIN", about=about).cards[0].title.startswith("CHAIN")
    assert say(shop, "lin", "chain？", about=about).cards[0].title.startswith("CHAIN")
    assert "inbox" in say(shop, "lin", "help", about=about).words
    assert comments(shop) == [] and decisions(shop) == 0


def test_in_the_thread_of_a_case_the_task_that_asks_this_person_is_meant(shop: World) -> None:
    case = f"case:{shop.given_receipt(('CHAIN', 20, '1'))}"
    assert say(shop, "maria", "20", about=case).words.startswith("Nobody waits for figures from you here")
    assert say(shop, "lin", "19 ok 1 damaged", about=case).words == "Done: Something differs."
    assert say(shop, "lin", "done, thanks", about=case).is_noted


def test_under_a_message_about_no_case_nothing_is_kept_and_colleagues_are_left_alone(shop: World) -> None:
    receipt(shop)
    assert say(shop, "lin", "I will order", about="alert:1.1").words.startswith("This message is about no paper")
    assert say(shop, "lin", "I will order", about="alert:1.1", is_shared=True) == Reply()
    assert say(shop, "lin", "20", about="alert:1.1").words.startswith("Nobody waits for figures")
    assert comments(shop) == [] and decisions(shop) == 0


def test_a_link_code_is_not_taken_where_others_read_it(shop: World) -> None:
    about = receipt(shop)
    assert say(shop, "lin", "link ABCD2345", about=about, is_shared=True).words.startswith(
        "Please send this in our own"
    )
