"""Photos of damage: known by their content, made anew, seen by few, and forgotten."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import select, update

from app import photos
from app.duties import do_what_is_due
from purchasing import lifecycle, privacy
from purchasing.deliveries import photos as damage
from purchasing.deliveries.photos import DamagePhoto
from purchasing.errands import Errand, ErrandState
from purchasing.ordering import SupplierOrderLine
from purchasing.people import Role, find_person
from tests.app.coordinator import village
from tests.app.coordinator.village import DAY, NOW
from tests.builders import ACTOR, a_household, a_network, a_person, a_product, a_round

from tests.builders import a_supplier, an_order  # isort: skip

LIMIT = 50_000
SECRET = b"Proefstraat 9"  # what a phone might write beside a photo


def a_photo(kind: str = "JPEG", size: tuple[int, int] = (640, 480), colour="teal") -> bytes:
    """A photo with a place, a device and a remark beside it, in every way that its format has."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = SECRET.decode(), 1
    exif.get_ifd(0x8825)[1] = "N"
    beside = {"exif": exif.tobytes()}
    if kind == "PNG":
        beside["pnginfo"] = PngInfo()
        beside["pnginfo"].add_text("Comment", SECRET.decode())
    if kind == "JPEG":
        beside["comment"] = SECRET
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, kind, **beside)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


# --- what a photo is -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_a_phone_wrote_beside_a_photo_is_kept(kind) -> None:
    raw = a_photo(kind)
    assert SECRET in raw

    made = photos.made_anew(raw)

    assert SECRET not in made
    photo = opened(made)
    assert (photo.format, photo.size, dict(photo.getexif())) == ("JPEG", (640, 480), {})
    assert set(photo.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_large_photo_becomes_a_small_one() -> None:
    assert opened(photos.made_anew(a_photo(size=(4000, 3000)))).size == (1600, 1200)


def test_a_photo_that_lies_on_its_side_is_put_upright() -> None:
    exif, written = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(written, "JPEG", exif=exif.tobytes())

    assert opened(photos.made_anew(written.getvalue())).size == (20, 40)


def test_what_can_be_seen_through_becomes_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(written, "PNG")

    assert opened(photos.made_anew(written.getvalue())).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", photos.NotAPhoto),
        (b"%PDF-1.7 no photo", photos.NotAPhoto),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", photos.NotAPhoto),
        (a_photo()[:400], photos.NotAPhoto),
        (b"\xff\xd8\xff" + b"\0" * 500, photos.NotAPhoto),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", photos.IsHeic),
        (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", photos.NotAPhoto),
    ],
)
def test_what_is_no_photo_is_refused(content, refusal) -> None:
    with pytest.raises(refusal):
        photos.made_anew(content)


@pytest.mark.parametrize("tolerant", [True, False], ids=["beside WeasyPrint", "alone"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_cut_short_is_refused(kind, tolerant, monkeypatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", tolerant)
    whole = a_photo(kind, (300, 300))
    with pytest.raises(photos.NotAPhoto):
        photos.made_anew(whole[: len(whole) * 2 // 3])


@pytest.mark.parametrize("side", [5_100, 10_000, 20_000])
def test_what_would_fill_the_memory_is_not_opened(side) -> None:
    """Some kilobytes that say they are a picture of so many pixels."""
    written = io.BytesIO()
    Image.new("1", (side, side)).save(written, "PNG")
    assert len(written.getvalue()) < 200_000

    with pytest.raises(photos.PhotoTooLarge):
        photos.made_anew(written.getvalue())


# --- at the door ---------------------------------------------------------------------------------


@pytest.fixture
def round_(session):
    """Ada ordered six rice, and it was delivered."""
    a_network(session)
    round_ = a_round(session, a_product(session, a_supplier(session), "Rijst"), **village.TIMES)
    ada = a_household(session, "Ada")
    a_person(session, "Ada", ada, language="en")
    an_order(session, round_, ada, {"Rijst": 6}, at=NOW - DAY)
    lifecycle.close_now(session, round_, actor=ACTOR, now=NOW)
    lifecycle.order(session, round_, actor=ACTOR, now=NOW)
    lifecycle.receive(session, round_, actor=ACTOR, now=NOW)
    a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    return round_


def be(visitor, session, name: str):
    visitor.sign_in(find_person(session, f"{name.lower()}@example.org"))
    return visitor


def address(session) -> str:
    line = session.scalars(select(SupplierOrderLine)).one()
    return f"/coordinator/deliveries/lines/{line.id}/photos"


def send(visitor, session, content: bytes, status: int = 200, name: str = "IMG_1.jpg"):
    path = address(session)
    return visitor.submit(visitor.get(path), path, status, photo=(io.BytesIO(content), name))


def files(app) -> list[Path]:
    return sorted(Path(app.config["DOCUMENTS_FOLDER"]).rglob("*.jpg"))


def test_a_photo_is_kept_and_stands_at_its_article(app, session, visitor, round_) -> None:
    page = send(be(visitor, session, "Coor"), session, a_photo("PNG"), name="anything.txt")

    photo = session.scalars(select(DamagePhoto)).one()
    (image,) = page.select("figure img")
    answer = visitor.open(image["src"])
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.data == photos.read(photo) == files(app)[0].read_bytes()
    order = visitor.get(page.select_one(".back, a[href*=deliveries]")["href"])
    assert "1 photo of damage" in order.text
    assert "180 days" in page.text


def test_a_photo_whose_file_is_gone_is_not_found(app, session, visitor, round_) -> None:
    page = send(be(visitor, session, "Coor"), session, a_photo("PNG"))
    (image,) = page.select("figure img")
    files(app)[0].unlink()

    assert visitor.open(image["src"]).status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no photo", "no photo that we can read"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\xff\xd8\xff" + b"x" * LIMIT, "too large"),
    ],
)
def test_what_is_refused_says_why(
    app, session, visitor, round_, monkeypatch, content, said
) -> None:
    monkeypatch.setattr(photos, "MOST_BYTES", LIMIT)
    page = send(be(visitor, session, "Coor"), session, content, 422)

    assert said in page.select_one("[role=alert]").text
    assert (session.scalars(select(DamagePhoto)).all(), files(app)) == ([], [])


def test_a_form_without_a_photo_says_so(session, visitor, round_) -> None:
    path, page = address(session), be(visitor, session, "Coor").get(address(session))

    assert "Choose a photo" in visitor.submit(page, path, 422).select_one("[role=alert]").text


def test_the_same_form_sent_twice_keeps_one(session, visitor, round_) -> None:
    path, page = address(session), be(visitor, session, "Coor").get(address(session))
    for _ in range(2):
        visitor.submit(page, path, photo=(io.BytesIO(a_photo()), "a.jpg"))

    assert len(session.scalars(select(DamagePhoto)).all()) == 1


def test_a_delivery_holds_so_many_and_no_more(session, round_, monkeypatch) -> None:
    monkeypatch.setattr(damage, "MOST_OF_A_DELIVERY", 2)
    line = session.scalars(select(SupplierOrderLine)).one()
    told = {"actor": ACTOR, "now": NOW}
    one = damage.Picture("0" * 64, 1, "a")
    assert damage.take(session, line, [one, one], key="k", **told) == 2
    assert damage.take(session, line, [one, one], key="k", **told) == 0

    with pytest.raises(damage.TooManyPhotos, match="2"):
        damage.take(session, line, [one], key="other", **told)


@pytest.mark.parametrize("known", [0, 1])
def test_a_photo_that_is_one_too_many_leaves_no_file(
    app, session, visitor, round_, monkeypatch, known
) -> None:
    """But the file of one that is known already stays, also where the same is sent again."""
    be(visitor, session, "Coor")
    for _ in range(known):
        send(visitor, session, a_photo())
    monkeypatch.setattr(damage, "MOST_OF_A_DELIVERY", known)

    page = send(visitor, session, a_photo(), 422)
    send(visitor, session, a_photo(colour="red"), 422)

    assert "at most" in page.select_one("[role=alert]").text
    assert len(files(app)) == known


def test_nobody_else_sees_it_not_even_whose_article_it_is(session, visitor, round_) -> None:
    page = send(be(visitor, session, "Coor"), session, a_photo())
    path = page.select_one("figure img")["src"]

    assert be(visitor, session, "Ada").open(path).status_code == 403
    assert be(visitor, session, "Coor").open(path.replace("1.jpg", "77.jpg")).status_code == 404


def test_a_removed_photo_is_gone_with_its_file_unless_another_shares_it(
    app, session, visitor, round_
) -> None:
    be(visitor, session, "Coor")
    for _ in range(2):
        page = send(visitor, session, a_photo())
    assert len(files(app)) == 1

    for left in (1, 0):
        remove = next(f["action"] for f in page.select("form[action$=remove]"))
        page = visitor.submit(page, remove)
        assert (len(page.select("figure")), len(files(app))) == (left, left)


# --- with a report -------------------------------------------------------------------------------


def tell(visitor, round_, *contents: bytes, status: int = 200):
    path = f"/rounds/{round_.id}/report"
    sent = [(io.BytesIO(content), "a.jpg") for content in contents]
    fields = {"pieces": "2", "text": "Twee zakken waren open", "photo": sent}
    return visitor.submit(visitor.get(path), path, status, **fields)


def test_a_report_sent_again_with_another_photo_leaves_no_file_of_it(
    app, session, visitor, round_
) -> None:
    path = f"/rounds/{round_.id}/report"
    page = be(visitor, session, "Ada").get(path)
    for colour in ("teal", "red"):
        sent = (io.BytesIO(a_photo(colour=colour)), "a.jpg")
        visitor.submit(page, path, pieces="2", text="Open", photo=sent)

    assert len(session.scalars(select(DamagePhoto)).all()) == len(files(app)) == 1


def test_a_report_takes_photos_along_that_a_coordinator_sees(session, visitor, round_) -> None:
    page = tell(be(visitor, session, "Ada"), round_, a_photo(), a_photo(colour="red"))
    assert "2 photos" in page.text
    assert not page.select("img[src*=photos]")

    page = be(visitor, session, "Coor").get(f"/coordinator/reports/rounds/{round_.id}")

    shown = [image["src"] for image in page.select(".photos img")]
    assert [visitor.open(path).status_code for path in shown] == [200, 200]


@pytest.mark.parametrize("contents", [[a_photo()] * 4, [a_photo(), b"no photo"]])
def test_a_report_with_what_cannot_be_is_not_kept_in_part(
    app, session, visitor, round_, contents
) -> None:
    page = tell(be(visitor, session, "Ada"), round_, *contents, status=422)

    assert page.select_one("[role=alert]")
    assert page.select_one("[name=text]")["value"] == "Twee zakken waren open"
    session.expire_all()
    assert (session.scalars(select(DamagePhoto)).all(), files(app)) == ([], [])
    assert "What you told us" not in page.text


def test_who_sent_it_takes_it_along_and_has_it_erased(app, session, visitor, round_) -> None:
    tell(be(visitor, session, "Ada"), round_, a_photo())
    photo = session.scalars(select(DamagePhoto)).one()
    taken = zipfile.ZipFile(io.BytesIO(visitor.open("/my-data/download").data))
    assert taken.read(damage.name_of(photo)) == photos.read(photo)
    (told,) = json.loads(taken.read("data.json"))["participants"][0]["rounds"][0]["photos"]
    assert (told["article"], told["file"]) == ("Rijst", damage.name_of(photo))

    lifecycle.settle(session, session.merge(round_), actor=ACTOR, now=NOW)
    session.execute(update(Errand).values(state=ErrandState.DONE))  # all is printed
    (household,) = find_person(session, "ada@example.org").participants
    privacy.erase_participant(session, household, actor=ACTOR, now=NOW)
    session.commit()

    assert (session.scalars(select(DamagePhoto)).all(), files(app)) == ([], [])


# --- after its days ------------------------------------------------------------------------------


def test_photos_go_when_their_days_are_over(app, session, visitor, round_) -> None:
    send(be(visitor, session, "Coor"), session, a_photo())
    lifecycle.settle(session, session.merge(round_), actor=ACTOR, now=NOW)
    session.commit()
    almost = NOW + timedelta(days=damage.KEEP_DAYS) - timedelta(seconds=1)
    for moment, left in ((almost, 1), (almost + timedelta(seconds=1), 0)):
        outcome = do_what_is_due(now=lambda moment=moment: moment, grace=timedelta(0))
        assert outcome.failed == []
        assert len(session.scalars(select(DamagePhoto)).all()) == len(files(app)) == left
        session.rollback()  # let the clock in
