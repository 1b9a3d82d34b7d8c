"""A folder a class, whatever kind of file it holds."""

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
    assert about["origins"] == ["train/land/b.txt", "train/sea/a.txt", "test/sea/c.txt"]
    assert said == [f"{tmp_path}: left out 1 files or folders beside train/ and test/ (about.txt)"]


@pytest.mark.parametrize(
    "names", [("Train", "Test", "Val"), ("train", "TEST", "validation"), ("Training", "testing", "dev")]
)
def test_parts_are_known_in_any_case_and_with_a_validation_part(tmp_path, names):
    train, test, validation = names
    files = [f"{part}/{label}/a.txt" for part in names for label in ("land", "sea")]
    files, said = found(made(tmp_path, *files))
    about = described(tmp_path, files)
    assert about["class_names"] == ("land", "sea") and said == []
    assert [each.split("/")[0] for each in about["origins"]] == [train] * 2 + [validation] * 2 + [test] * 2
    assert about["is_validation"].tolist() == [False] * 2 + [True] * 2 + [False] * 2
    assert about["is_test"].tolist() == [False] * 4 + [True] * 2


def test_two_classes_may_be_called_train_and_test(tmp_path):
    files, _ = found(made(tmp_path, "train/a.txt", "test/b.txt", "test/.hidden/c.txt"))
    assert [each.label for each in files] == ["test", "train"] and files[0].is_test is None


def test_every_reason_to_leave_something_out_is_counted(tmp_path):
    made(tmp_path, "sea/a.txt", "land/b.txt", "loose.txt", ".git/x", "sea/.a.txt", "sea/a.pdf", "sea/b.pdf")
    (tmp_path / "sky").mkdir()
    (tmp_path / "sea" / "more").symlink_to(tmp_path / "land")
    assert found(tmp_path)[1] == [
        f"{tmp_path}: left out 2 files that are no notes by their names (.txt, .md are)",
        f"{tmp_path}: left out 1 files that stand in no class's folder",
        f"{tmp_path}: left out 1 folder sky/, which holds no notes",
        f"{tmp_path}: left out 2 hidden files or folders",
        f"{tmp_path}: left out 1 links to folders",
    ]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["a.txt"], r"holds no notes in folders; put each class into a folder of its own \(.txt, .md\)"),
        (["sea/a.txt"], r"notes of one class only \(sea\)"),
        (["train/sea/a.txt", "test/sea/a.txt"], r"notes of one class only \(sea\)"),
        (["train/sea/a.txt", "train/land/a.txt"], "holds train/ but no test/ with a folder a class; call"),
        (["train/sea/a.txt", "val/sea/a.txt", "extra/a.txt"], "holds train/ and val/ but no test/"),
        (["train/sea/a.txt", "train/land/a.txt", "test/a.txt"], "holds train/ but no test/ with a folder a class"),
        (["train/sea/a.txt", "train/land/a.txt", "test/sea/a.pdf"], "test holds no notes"),
        (["train/sea/a.txt", "test/sea/a.txt", "val/sea/a.txt", "dev/sea/a.txt"], "two folders of one part"),
        (["train/sea/a.txt", "train/land/a.txt", "test/sea/a.txt", "val/sky/a.txt"], "validation has notes of sky"),
        (["train/sea/a.txt", "train/land/a.txt", "test/sky/a.txt"], "test has notes of sky, but train has none"),
    ],
)
def test_folders_that_make_no_task_are_refused(tmp_path, names, reason):
    with pytest.raises(DataError, match=reason):
        found(made(tmp_path, *names))


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
