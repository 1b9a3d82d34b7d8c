"""The table of published accuracies."""

from convpipe.data.published import published, rows
from convpipe.paths import PROJECT


def test_best_comes_first_and_figures_are_those_of_the_papers():
    found = published("arrowhead")
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert round(found["InceptionTime"], 3) == 0.846
    assert round(published("plaid")["InceptionTime"], 3) == 0.944
    assert round(published("japanesevowels")["FCN"], 3) == 0.993


def test_nothing_is_known_about_other_data():
    assert published("watch") == {} == published("covid3month_disc")


def test_every_row_is_one_of_our_data_sets_on_the_default_split_with_its_source():
    names = {file.stem for file in (PROJECT / "conf" / "data").glob("*.yaml")}
    for row in rows():
        assert row["data"] in names and row["source"] and row["protocol"].startswith("default split")
        assert 0 < float(row["accuracy"]) <= 1


def test_a_method_stands_once_for_each_data_set():
    keys = [(row["data"], row["method"]) for row in rows()]
    assert len(keys) == len(set(keys))
