"""Folders of pictures, drawn by the test with Pillow."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from convpipe.data.images.files import decode
from convpipe.data.images.folder import ImageFolderSettings, read
from convpipe.errors import DataError

RED, GREEN, WHITE = (255, 0, 0), (0, 255, 0), (255, 255, 255)


def picture(path, size=(4, 3), color=RED, mode="RGB", **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, color).save(path, **how)
    return path


@pytest.fixture
def folder(tmp_path):
    """Two pictures of cats, one of a dog, in color."""
    picture(tmp_path / "cat" / "a.png")
    picture(tmp_path / "cat" / "b.jpeg", (6, 5), GREEN)
    picture(tmp_path / "dog" / "c.bmp")
    return tmp_path


def load(folder, color="auto"):
    lines = []
    return read(ImageFolderSettings(path=str(folder), color=color), lines.append), lines


def test_a_folder_is_a_class_and_pictures_keep_their_size(folder):
    dataset, lines = load(folder)
    assert dataset.class_names == ("cat", "dog") and dataset.labels.tolist() == [0, 0, 1] and lines == []
    assert [each.shape for each in dataset.inputs] == [(3, 4, 3), (5, 6, 3), (3, 4, 3)]
    assert dataset.inputs[0].dtype == np.uint8 and dataset.inputs[0][0, 0].tolist() == [255, 0, 0]
    assert dataset.sample_ids[1].endswith("cat/b.jpeg") and dataset.is_test is None and dataset.modality == "image"


def test_pixels_are_decoded_when_they_are_asked_for(refused, folder):
    dataset, _ = load(folder)
    (folder / "cat" / "a.png").unlink()
    part = dataset.subset([1, 0])
    assert part.inputs[0].shape == (5, 6, 3)
    with refused(DataError, file="a.png"):
        part.inputs[1]


def test_a_png_file_whose_pixels_are_not_those_of_its_checksum_is_refused(refused, folder):
    noise = np.random.default_rng(0).integers(0, 255, (9, 9), dtype="uint8")
    Image.fromarray(noise).save(folder / "cat" / "a.png")
    content = (folder / "cat" / "a.png").read_bytes()
    place = content.index(b"IDAT") + 20
    for broken in (content[:place] + b"\0" + content[place + 1 :], content[:-12], content[:-1]):
        (folder / "cat" / "a.png").write_bytes(broken)
        with refused(DataError, file="a.png", remedy="copy it again"):
            load(folder)
    (folder / "cat" / "a.png").write_bytes(content + b"more")
    load(folder)


def test_train_and_test_folders_are_the_official_parts(refused, tmp_path_factory):
    root = tmp_path_factory.mktemp("parts")
    for part, name in (("train", "cat"), ("train", "dog"), ("test", "dog"), ("test", "cat")):
        picture(root / part / name / "1.png")
    dataset, _ = load(root)
    assert dataset.is_test.tolist() == [False, False, True, True] and dataset.labels.tolist() == [0, 1, 0, 1]
    picture(root / "test" / "bird" / "1.png")
    with refused(DataError, file=root, value="bird", mentions=("test", "train")):
        load(root)


def test_two_classes_may_be_called_train_and_test(tmp_path):
    picture(tmp_path / "train" / "1.png")
    picture(tmp_path / "test" / "1.png")
    dataset, _ = load(tmp_path)
    assert dataset.class_names == ("test", "train") and dataset.is_test is None


def test_what_is_left_out_is_counted_and_said(folder):
    (folder / "notes.txt").write_text("x")
    (folder / "cat" / "notes.txt").write_text("x")
    (folder / "cat" / ".hidden.png").write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / "bird").mkdir()
    picture(folder / "dog" / "young" / "d.PNG")
    dataset, lines = load(folder)
    assert len(dataset) == 4 and dataset.labels.tolist() == [0, 0, 1, 1]
    said = sorted(line.removeprefix(f"{folder}: ") for line in lines)
    assert len(said) == 4 and [" 1 " in line for line in said].count(True) == 3
    for facts in (("2", "hidden"), ("1", "outside"), ("1", ".png", ".webp"), ("1", "bird/")):
        assert any(all(fact in line for fact in facts) for line in said), facts


def test_the_camera_s_orientation_is_applied(tmp_path):
    tall = Image.new("RGB", (4, 2), WHITE)
    tall.putpixel((0, 0), (0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter to the right to see it upright
    tall.save(tmp_path / "a.png", exif=exif)
    pixels = decode(tmp_path / "a.png", gray=True)
    assert pixels.shape == (4, 2, 1) and pixels[0, 1, 0] == 0 and pixels.sum() == 7 * 255


def test_transparent_parts_are_laid_on_white_and_said(folder):
    picture(folder / "cat" / "d.png", color=(255, 0, 0, 0), mode="RGBA")
    picture(folder / "cat" / "e.png", color=(0, 0, 0, 51), mode="RGBA")
    dataset, lines = load(folder)
    assert dataset.inputs[2][0, 0].tolist() == [255, 255, 255] and dataset.inputs[3][0, 0].tolist() == [204] * 3
    assert any("2 of 5" in line and "white" in line for line in lines)


def test_sixteen_bits_are_kept(tmp_path):
    values = np.array([[0, 257, 514], [65535, 32896, 128]], np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    gray, color = (decode(tmp_path / "a.png", gray=gray) for gray in (True, False))
    assert gray.dtype == color.dtype == np.uint16
    np.testing.assert_array_equal(gray[..., 0], values)
    np.testing.assert_array_equal(color, np.repeat(gray, 3, axis=2))


def with_16_bits_a_color(path):
    """A PNG file of one color, written by hand, as Pillow writes no such file."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    row = b"\0" + struct.pack(">HHH", 0x8001, 0x0102, 0xFFFF) * 2
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(row * 2)) + chunk(b"IEND", b""))


def test_of_sixteen_bits_a_color_eight_are_kept_and_this_is_said(folder):
    with_16_bits_a_color(folder / "cat" / "d.png")
    dataset, lines = load(folder)
    assert dataset.inputs[2][0, 0].tolist() == [0x80, 0x01, 0xFF]
    assert any("1 of 4" in line and "16 bits" in line for line in lines)


def test_a_picture_that_would_fill_the_memory_is_refused_by_its_head(folder, monkeypatch, refused):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 29)
    with refused(DataError, file="b.jpeg", mentions=(29,)):
        load(folder)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 14)
    with refused(DataError, file="b.jpeg", mentions=(14,)):
        load(folder)


def test_what_becomes_of_sixteen_bits_frames_and_print_is_said(folder):
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(folder / "cat" / "d.png")
    frames = [Image.new("L", (4, 4), shade) for shade in (0, 255)]
    frames[0].save(folder / "cat" / "e.gif", save_all=True, append_images=frames[1:])
    Image.new("CMYK", (4, 4)).save(folder / "dog" / "f.jpg")
    lines = load(folder)[1]
    for fact in ("16 bits", "frames", "CMYK"):
        assert any("1 of 6" in line and fact in line for line in lines)


@pytest.mark.parametrize(
    ("mode", "color", "gray"),
    [("1", 1, True), ("L", 7, True), ("LA", (7, 255), True), ("P", 0, True), ("RGB", RED, False)],
)
def test_auto_keeps_one_channel_where_every_picture_is_gray(tmp_path, mode, color, gray):
    for name in ("cat", "dog"):
        picture(tmp_path / name / "a.png", color=color, mode=mode)
    dataset, _ = load(tmp_path)
    assert dataset.inputs[0].shape == (3, 4, 1 if gray else 3)
    assert dataset.channel_names == (("gray",) if gray else ("red", "green", "blue"))


def test_a_palette_of_colors_is_color(tmp_path):
    for name in ("cat", "dog"):
        path = tmp_path / name / "a.gif"
        path.parent.mkdir()
        Image.new("RGB", (4, 3), RED).convert("P", palette=Image.Palette.ADAPTIVE).save(path)
    assert load(tmp_path)[0].inputs[0][0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(("color", "channels", "said"), [("auto", 3, "1 of 4"), ("gray", 1, "3 of 4")])
def test_mixed_channel_counts_are_converted_and_said(folder, color, channels, said):
    picture(folder / "dog" / "d.png", color=100, mode="L")
    dataset, lines = load(folder, color)
    assert {each.shape[2] for each in dataset.inputs} == {channels} and said in lines[0]
    assert dataset.inputs[3][0, 0].tolist() == [100] * channels


def test_of_an_animation_the_first_frame_is_taken(tmp_path):
    frames = [Image.new("L", (4, 3), value) for value in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert decode(tmp_path / "a.gif", gray=True)[0, 0, 0] == 10


def test_the_hash_covers_names_and_contents(folder):
    before = load(folder)[0].sha256
    assert load(folder)[0].sha256 == before
    (folder / "cat" / "a.png").rename(folder / "cat" / "z.png")
    renamed = load(folder)[0].sha256
    picture(folder / "cat" / "z.png", color=WHITE)
    assert len({before, renamed, load(folder)[0].sha256}) == 3


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_picture_is_named_at_once(refused, folder, content):
    (folder / "dog" / "broken.png").write_bytes(content)
    with refused(DataError, file="broken.png", remedy="remove"):
        load(folder)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.bmp", "a.webp"])
def test_a_truncated_picture_is_named_when_it_is_decoded_or_before(refused, tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with refused(DataError, file=name, remedy="remove"):
        decode(tmp_path / name, gray=False)


@pytest.mark.parametrize("size", [(1, 1), (5, 1)])
def test_an_image_of_one_pixel_is_refused(refused, folder, size):
    picture(folder / "dog" / "dot.png", size)
    with refused(DataError, file="dot.png", mentions=(f"1 x {size[0]}", "2 x 2")):
        load(folder)


def test_no_folder_no_pictures_and_one_class_are_refused(refused, tmp_path):
    with refused(DataError, file="nowhere", key="data.path"):
        load(tmp_path / "nowhere")
    with refused(DataError, file=tmp_path, mentions=(".png",)):
        load(tmp_path)
    picture(tmp_path / "loose.png")
    with refused(DataError, file=tmp_path, mentions=(".png",)):
        load(tmp_path)
    picture(tmp_path / "cat" / "a.png")
    with refused(DataError, file=tmp_path, value="cat"):
        load(tmp_path)
