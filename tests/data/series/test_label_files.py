"""Labels and groups in separate files, as in UCI HAR: one row for each row of the series."""

import numpy as np
import pytest

from convpipe.errors import DataError

RANDOM = np.random.default_rng(0)
LABELS = {"train": [5, 1, 5, 1, 1, 5], "test": [1, 5, 5]}


@pytest.fixture
def har(tmp_path):
    """One folder per part, with X, y, subject and a folder of two channels: the root and the values of each file."""
    values = {}
    for part, labels in LABELS.items():
        inside = tmp_path / part / "Inertial Signals"
        inside.mkdir(parents=True)
        for path in (tmp_path / part / f"X_{part}.txt", *(inside / f"acc_{axis}_{part}.txt" for axis in "xy")):
            made = RANDOM.normal(size=(len(labels), 7))
            path.write_text("".join("  ".join(f"{value: .7e}" for value in row) + "\n" for row in made))
            values[path.stem] = np.array([[f"{value:.7e}" for value in row] for row in made]).astype(np.float32)
        (tmp_path / part / f"y_{part}.txt").write_text("".join(f"{label}\n" for label in labels))
        (tmp_path / part / f"subject_{part}.txt").write_text(
            "".join(f"{part}{row % 2}\n" for row in range(len(labels)))
        )
    return tmp_path, values


def labels_of(dataset) -> list[str]:
    return [dataset.class_names[label] for label in dataset.labels]


@pytest.mark.parametrize("explicit", [False, True])
def test_labels_and_groups_of_both_parts(har, read, explicit):
    root, values = har
    more = {"label": f"{root}/train/y_train.txt", "group": f"{root}/train/subject_train.txt"} if explicit else {}
    dataset = read(root / "train" / "X_train.txt", test=f"{root}/test/X_test.txt", **more)
    np.testing.assert_array_equal(np.stack(dataset.inputs)[..., 0], np.vstack([values["X_train"], values["X_test"]]))
    assert labels_of(dataset) == [str(label) for labels in LABELS.values() for label in labels]
    assert dataset.is_test.tolist() == [False] * 6 + [True] * 3
    if explicit:
        assert dataset.groups.tolist() == ["train0", "train1"] * 3 + ["test0", "test1", "test0"]


def test_a_folder_with_one_file_per_channel(har, read):
    root, values = har
    folders = [str(root / part / "Inertial Signals") for part in LABELS]
    dataset = read(folders[0], test=folders[1], label=f"{root}/train/y_train.txt")
    assert dataset.channel_names == ("acc_x", "acc_y")
    for place, axis in enumerate("xy"):
        expected = np.vstack([values[f"acc_{axis}_train"], values[f"acc_{axis}_test"]])
        np.testing.assert_array_equal(np.stack(dataset.inputs)[..., place], expected)
    assert labels_of(dataset) == [str(label) for labels in LABELS.values() for label in labels]


@pytest.mark.parametrize("content", ["kind\nrun\nwalk\nrun\n", '"run"\r\n"walk"\r\n"run"', "run\nwalk\nrun\n\n"])
def test_names_of_classes_may_have_a_header(table, tmp_path, content):
    (tmp_path / "kinds.csv").write_bytes(content.encode())
    dataset = table("1,2,3\n4,5,6\n7,8,8\n", label=str(tmp_path / "kinds.csv"))
    assert labels_of(dataset) == ["run", "walk", "run"] and dataset.inputs[0].ravel().tolist() == [1, 2, 3]


def test_one_label_per_step_of_a_long_table(table, tmp_path):
    (tmp_path / "steps.txt").write_text("a\na\nb\nb\nb\na\n")
    text = "recording,x\n" + "".join(f"{row // 3},{row * row}\n" for row in range(6))
    dataset = table(text, label=str(tmp_path / "steps.txt"), layout="long")
    assert [each.tolist() for each in dataset.step_labels] == [[0, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize("content, facts", [
    ("a\nb\n", dict(file="kinds.txt", key="data.label", value=2)),
    ("a\nb\na\nb\n", dict(file="kinds.txt", key="data.label", value=4)),
    ("1,a\n2,b\n3,a\n", dict(file="kinds.txt", remedy="data.intervals=")),
    ("a\n\nb\n", dict(key="data.label", line=2)),
])  # fmt: skip
def test_files_that_do_not_fit_are_refused(table, tmp_path, refused, content, facts):
    (tmp_path / "kinds.txt").write_text(content)
    with refused(DataError, **facts):
        table("1,2,3\n4,5,6\n7,8,8\n", label=str(tmp_path / "kinds.txt"))


def test_remedies_name_the_files(har, read, refused):
    root, _ = har
    test = f"data.test={root}/test/X_test.txt"
    with refused(DataError, key="data.path", remedy=f"data.path={root}/train/X_train.txt {test}"):
        read(root)
    with refused(DataError, file="no.txt", key="data.label", remedy="data.label"):
        read(root / "train" / "X_train.txt", label="no.txt")
    (root / "test" / "y_test.txt").rename(root / "test" / "other.txt")
    with refused(DataError, key="data.label", remedy="y_test.txt"):
        read(root / "train" / "X_train.txt", label=f"{root}/train/y_train.txt", test=f"{root}/test/X_test.txt")


def test_channels_with_another_number_of_rows_are_refused(har, read, refused):
    root, _ = har
    (root / "train" / "Inertial Signals" / "acc_y_train.txt").write_text("1 2 3 4 5 6 7\n" * 5)
    with refused(DataError, file="acc_y_train.txt", key="data.label"):
        read(root / "train" / "Inertial Signals", label=f"{root}/train/y_train.txt")


def test_arrays_of_the_test_part_have_separate_labels(tmp_path, read):
    for part, labels in (("train", [0, 1, 0, 1]), ("test", [1, 1, 1, 0])):
        np.save(tmp_path / f"X_{part}.npy", RANDOM.normal(size=(4, 5)))
        np.save(tmp_path / f"kind_{part}.npy", labels)
    dataset = read(tmp_path / "X_train.npy", label=f"{tmp_path}/kind_train.npy", test=f"{tmp_path}/X_test.npy")
    assert labels_of(dataset) == ["0", "1", "0", "1", "1", "1", "1", "0"]
