"""A folder for each class, whatever files it holds."""

import hashlib

import pytest

from convpipe.data.folders import Wanted, contents, described, in_folders
from convpipe.errors import DataError

NOTES = Wanted("notes", (".txt", ".md"))


def made(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def found(root):
    said = []
    return in_folders(root, NOTES, said.append), said


def test_files_at_any_depth_belong_to_the_class_of_the_outermost_folder(tmp_path):
    files, said = found(made(tmp_path, "sea/a.txt", "sea/deep/b.MD", "land/c.txt"))
    assert [(each.path.name, each.label, each.is_test) for each in files] == [
        ("c.txt", "land", None), ("a.txt", "sea", None), ("b.MD", "sea", None),
    ]  # fmt: skip
    assert said == []


def test_train_and_test_are_parts_where_both_hold_folders(tmp_path):
    files, said = found(made(tmp_path, "train/sea/a.txt", "train/land/b.txt", "test/sea/c.txt", "about.txt"))
    about = described(tmp_path, files)
    assert about["is_test"].tolist() == [False, False, True] and about["class_names"] == ("land", "sea")
    assert about["sample_ids"] == ["train/land/b.txt", "train/sea/a.txt", "test/sea/c.txt"]
    assert len(said) == 1 and said[0].startswith(f"{tmp_path}: left out 1 ") and "about.txt" in said[0]


@pytest.mark.parametrize(
    "names", [("Train", "Test", "Val"), ("train", "TEST", "validation"), ("Training", "testing", "dev")]
)
def test_parts_are_known_in_any_case_and_with_a_validation_part(tmp_path, names):
    train, test, validation = names
    files = [f"{part}/{label}/a.txt" for part in names for label in ("land", "sea")]
    files, said = found(made(tmp_path, *files))
    about = described(tmp_path, files)
    assert about["class_names"] == ("land", "sea") and said == []
    assert [each.split("/")[0] for each in about["sample_ids"]] == [train] * 2 + [validation] * 2 + [test] * 2
    assert about["is_validation"].tolist() == [False] * 2 + [True] * 2 + [False] * 2
    assert about["is_test"].tolist() == [False] * 4 + [True] * 2


def test_two_classes_may_be_called_train_and_test(tmp_path):
    files, _ = found(made(tmp_path, "train/a.txt", "test/b.txt", "test/.hidden/c.txt"))
    assert [each.label for each in files] == ["test", "train"] and files[0].is_test is None


def test_every_reason_to_leave_something_out_is_counted(tmp_path):
    made(tmp_path, "sea/a.txt", "land/b.txt", "loose.txt", ".git/x", "sea/.a.txt", "sea/a.pdf", "sea/b.pdf")
    (tmp_path / "sky").mkdir()
    (tmp_path / "sea" / "more").symlink_to(tmp_path / "land")
    facts = [(1, "outside"), (2, ".txt, .md"), (1, "sky/"), (2, "hidden"), (1, "links")]
    for line, (count, reason) in zip(found(tmp_path)[1], facts, strict=True):
        assert line.startswith(f"{tmp_path}: left out {count} ") and reason in line


@pytest.mark.parametrize(
    ("names", "facts"),
    [
        (["a.txt"], {"key": "data.path", "remedy": "its own folder", "mentions": ("notes", ".txt, .md")}),
        (["sea/a.txt"], {"value": "sea", "mentions": ("notes", "one class", "sea")}),
        (["train/sea/a.txt", "test/sea/a.txt"], {"value": "sea", "mentions": ("one class", "sea")}),
        (["train/sea/a.txt", "train/land/a.txt"], {"mentions": ("train/", "no test/")}),
        (["train/sea/a.txt", "val/sea/a.txt", "extra/a.txt"], {"mentions": ("train/", "val/", "no test/")}),
        (["train/sea/a.txt", "train/land/a.txt", "test/a.txt"], {"mentions": ("train/", "no test/")}),
        (["train/sea/a.txt", "train/land/a.txt", "test/sea/a.pdf"], {"file": "test", "mentions": ("notes", ".txt")}),
        (["train/sea/a.txt", "test/sea/a.txt", "val/sea/a.txt", "dev/sea/a.txt"], {"mentions": ("dev/", "val/")}),
        (
            ["train/sea/a.txt", "train/land/a.txt", "test/sea/a.txt", "val/sky/a.txt"],
            {"value": "sky", "mentions": ("validation", "notes", "sky")},
        ),
        (["train/sea/a.txt", "train/land/a.txt", "test/sky/a.txt"], {"value": "sky", "mentions": ("test", "sky")}),
    ],
)
def test_folders_that_make_no_task_are_refused(tmp_path, names, facts, refused):
    with refused(DataError, **{"file": tmp_path} | facts):
        found(made(tmp_path, *names))


def test_the_remedy_for_a_missing_test_part_names_the_training_folder(tmp_path, refused):
    with refused(DataError, key="data.path", remedy=f"data.path={tmp_path / 'train'}"):
        found(made(tmp_path, "train/sea/a.txt", "train/land/a.txt"))


def test_names_classes_parts_and_bytes_change_the_hash(tmp_path):
    def sha256(root):
        digest = hashlib.sha256()
        assert all(content == path.read_bytes() for path, content in contents(root, found(root)[0], digest))
        return digest.hexdigest()

    made(tmp_path, "sea/a.txt", "land/b.txt")
    hashes = [sha256(tmp_path), sha256(tmp_path)]
    (tmp_path / "sea/a.txt").rename(tmp_path / "sea/z.txt")
    hashes.append(sha256(tmp_path))
    (tmp_path / "sea/z.txt").write_text("other")
    hashes.append(sha256(tmp_path))
    assert hashes[0] == hashes[1] and len({*hashes}) == 3
