"""Photos that are sent: read, taken as scans, answered with what they show, and kept with the case."""

from sqlalchemy import text

from bot import conversation, pictured
from bot.channel import Reply
from bot.pictured import Sent
from inventory_core import barcodes, items, labels
from inventory_core.db.engine import reading, writing
from tests.bot.pictures import code, photo, photo_of
from tests.inventory_core.stock import Stock
from tests.stages.test_shipping import order, stock  # noqa: F401 (a fixture)
from tests.world import World
from workflows import people
from workflows.intents import Photo, Sender

WET, DRY = photo(), photo(noise=90)


def label(item: str, lot: str = "") -> str:
    return labels.payload(labels.Label(item, lot, "5"))


def send(
    world: World,
    person: str,
    *files: bytes,
    words: str = "",
    about: str = "",
    dedupe: str = "",
    is_shared: bool = False,
) -> Reply:
    sent = Sent(words, tuple(Photo(f"{number}.jpg", each) for number, each in enumerate(files)))
    key = dedupe or f"m{next(world.ids)}"
    sender, chat = Sender("web", "", person), world.address(person)
    return pictured.answer(world.desk, sender, chat, sent, dedupe=key, about=about, is_shared=is_shared)


def attached(world: World) -> int:
    with reading(world.engine) as db:
        return int(db.execute(text("SELECT COUNT(*) FROM attachments")).scalar_one())


def given_barcode(world: World, item: str, printed: str) -> None:
    with writing(world.engine) as db:
        db.execute(
            text("INSERT INTO item_barcodes (code, item_id) VALUES (:code, :item)"),
            {"code": barcodes.normal(printed), "item": items.by_code(db, item).id},
        )


def test_our_label_is_answered_like_its_lot_or_item(shop: World) -> None:
    shop.given_item("BK-100")
    assert send(shop, "lin", photo_of([label("BK-100")])).cards[0].title.startswith("BK-100")
    assert send(shop, "lin", photo_of([label("BK-100")]), words="trace").cards[0].subject.startswith("trace:")


def test_a_makers_barcode_is_answered_like_its_item_and_so_is_one_that_is_typed(shop: World) -> None:
    shop.given_item("BK-100")
    given_barcode(shop, "BK-100", "4006381333931")
    card = send(shop, "lin", photo_of(["4006381333931"])).cards[0]
    assert card.title.startswith("BK-100") and ("Barcode", "4006381333931") in [(f.label, f.value) for f in card.facts]
    typed = conversation.answer(shop.desk, Sender("web", "", "lin"), shop.address("lin"), "4006381333931", dedupe="t")
    assert typed.cards[0].title.startswith("BK-100")


def test_several_codes_are_each_answered_and_many_are_listed(shop: World) -> None:
    for number in range(5):
        shop.given_item(f"PART-{number}")
    two = send(shop, "lin", photo_of([label("PART-0"), label("PART-1")]))
    assert sorted(each.title[:6] for each in two.cards) == ["PART-0", "PART-1"]
    many = send(shop, "lin", *(photo_of([label(f"PART-{number}")]) for number in range(5)))
    assert many.cards == () and many.words.startswith(
        "5 codes were read:\nPART-0: PART-0 · Item PART-0, 0 pc available"
    )


def test_a_photo_without_a_code_says_how_to_take_a_better_one(shop: World) -> None:
    assert send(shop, "lin", WET).words.startswith("No code was found in the photo. Hold the phone straight")
    assert send(shop, "lin", photo_of(["ELSEWHERE-1"])).words.startswith("The code says “ELSEWHERE-1”, but nothing")
    assert attached(shop) == 0


def test_a_code_is_a_name_and_never_a_command(shop: World) -> None:
    shop.given_item("CHAIN")
    reply = send(shop, "lin", photo_of(["help"]), photo_of(["new move"]))
    assert reply.words.startswith("The code says “help”, but nothing is known by that name.")


def test_photos_in_a_thread_belong_to_the_paper_and_its_story_tells_of_them(shop: World) -> None:
    shop.given_receipt(("CHAIN", 20, "1"))
    about = shop.inbox("lin")[0].subject
    for _ in range(2):
        reply = send(shop, "lin", WET, DRY, about=about, dedupe="same")
    assert reply.is_noted and reply.cards == ()
    assert attached(shop) == 2
    assert shop.inbox("lin")[0].story == ("09:00 Lin Wei: added 2 photos",)


def test_words_beside_a_photo_answer_and_the_photo_is_kept(shop: World) -> None:
    shop.given_receipt(("CHAIN", 20, "1"))
    reply = send(shop, "lin", WET, words="18 ok 2 damaged", about=shop.inbox("lin")[0].subject)
    assert reply.words.startswith("Done: Something differs.")
    assert attached(shop) == 1
    assert shop.inbox("maria")[0].story == ("09:00 Lin Wei: Something differs · 1 photo",)


def test_a_photo_waits_with_figures_that_are_asked_back(shop: World) -> None:
    shop.given_receipt(("CHAIN", 20, "1"))
    about = shop.inbox("lin")[0].subject
    asked = send(shop, "lin", WET, words="2", about=about)
    assert asked.cards[0].title == "Something differs: is this right?"
    conversation.answer(shop.desk, Sender("web", "", "lin"), shop.address("lin"), "yes", dedupe="y", about=about)
    assert "1 photo" in shop.inbox("maria")[0].story[-1]


def test_what_is_no_photo_is_told_in_a_sentence_that_names_the_kinds(shop: World) -> None:
    shop.given_receipt(("CHAIN", 20, "1"))
    about = shop.inbox("lin")[0].subject
    reply = send(shop, "lin", b"MZ\x90", b"%PDF-1.7 x", about=about)
    assert "Not taken: 0.jpg. Send JPEG, PNG, WebP or PDF of at most 10 MB." in reply.words
    assert attached(shop) == 1


def test_who_has_no_part_adds_no_photo(shop: World) -> None:
    shop.given_receipt(("CHAIN", 20, "1"))
    with writing(shop.engine) as db:
        people.create(db, "eve", "Eve Blake", language="en", roles=["designer"])
    reply = send(shop, "eve", WET, words="look", about=shop.inbox("lin")[0].subject)
    assert reply.words == "You have no part in this case, so nothing was kept."
    assert attached(shop) == 0


def test_under_an_alert_colleagues_show_each_other_photos_undisturbed(shop: World) -> None:
    assert send(shop, "lin", WET, words="see this", about="alert:1.1", is_shared=True) == Reply()


def test_a_photo_of_a_label_is_a_scan_for_the_pick_that_it_stands_on(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "6", "250"), ("BOLT", "20", "2"))
    (card,) = world.inbox("lin")
    given_barcode(world, "BOLT", "4006381333931")
    first = send(world, "lin", photo_of([label("PUMP", "P-1")]), about=card.subject)
    assert first.words.startswith("✓ PUMP (P-1). 1 line left.")
    wrong = send(world, "lin", photo_of([label("PUMP", "P-3")]), about=card.subject)
    assert wrong.words.startswith("“P-3” is not on this list; nothing was confirmed.")
    assert send(world, "lin", photo(code("4006381333931")), about=card.subject).words == "Done: All picked."
    assert attached(world) == 0


def test_a_code_that_a_camera_reads_is_answered_like_a_photo_of_it(shop: World) -> None:
    shop.given_item("BK-100")
    given_barcode(shop, "BK-100", "4006381333931")

    def scanned(words: str) -> Reply:
        return pictured.scanned(shop.desk, Sender("web", "", "lin"), shop.address("lin"), words, dedupe="s1")

    for words in (label("BK-100"), labels.link(label("BK-100"), "store_bot"), "4006381333931", "BK-100"):
        assert scanned(words).cards[0].title.startswith("BK-100"), words
    for words in ("A-1", labels.bin_payload("A-1")):
        assert scanned(words).cards[0].subject.startswith("bin:")
    assert scanned("issue BK-100 5").words.startswith("The code says “issue BK-100 5”, but")


def test_a_code_that_a_camera_reads_is_a_scan_for_the_only_pick_that_it_stands_on(stock: Stock) -> None:  # noqa: F811
    world = stock.world
    order(world, ("PUMP", "6", "250"), ("BOLT", "20", "2"))
    words = label("PUMP", "P-1")
    told = pictured.scanned(world.desk, Sender("web", "", "lin"), world.address("lin"), words, dedupe="s1")
    assert told.words.startswith("✓ PUMP (P-1). 1 line left.")
