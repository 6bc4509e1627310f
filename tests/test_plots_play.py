"""What there is to play with answers when it is moved, and is there without ipywidgets."""

import re
import sys

import numpy as np
import pytest
from figures import backend  # noqa: F401
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import plots
from ner_tutorial.crf import viterbi_decode
from ner_tutorial.iob2 import missing_starts
from ner_tutorial.plots import play

# A warning would be part of the lesson that plays.
pytestmark = pytest.mark.filterwarnings("error")

TAGS = ["O", "B-per", "I-per"]
WORDS = ["Joe", "ran"]
EMISSIONS = np.array([[0.5, 2.0, -1.0], [3.0, -0.5, 1.0]])
TRANSITIONS = np.array([[1.0, 0.5, -np.inf], [0.0, -1.0, 2.5], [0.3, -0.8, 1.2]])


class Shown:
    """In place of IPython's display: what was shown, and what it was changed into."""

    def __init__(self, monkeypatch):
        self.everything, self.updates = [], []
        self.update = self.updates.append
        monkeypatch.setattr(play, "display", self.display)

    def display(self, what, display_id=False):
        self.everything.append(what)
        return self if display_id else None

    def still(self):
        """The pictures and tables among what was shown."""
        return [what for what in self.everything if hasattr(what, "data")]

    def widget(self):
        (widget,) = (what for what in self.everything if not hasattr(what, "data"))
        return widget


@pytest.fixture
def shown(monkeypatch):
    return Shown(monkeypatch)


@pytest.fixture
def bare(monkeypatch):
    """Without ipywidgets."""
    monkeypatch.setitem(sys.modules, "ipywidgets", None)


def best_path(picture):
    return re.search(r"the best path: (.*?):", picture.metadata["alt"])[1].split()


def decoded(emissions, transitions):
    return [TAGS[tag] for tag in viterbi_decode(emissions, transitions)[0]]


@pytest.mark.parametrize("table", [0, 1], ids=["emission", "transition"])
def test_a_slider_changes_the_picture_whose_path_is_viterbis(shown, table):
    pytest.importorskip("ipywidgets")
    plots.play_trellis(WORDS, TAGS, EMISSIONS, TRANSITIONS)
    (first,) = shown.still()
    assert shown.everything[0] is first
    assert best_path(first) == decoded(EMISSIONS, TRANSITIONS)
    which, value = shown.widget().children[table].children
    scores = [EMISSIONS.copy(), TRANSITIONS.copy()]
    place = dict(which.options)[["O at Joe", "B-per to O"][table]]
    which.value = place
    assert value.value == scores[table][place]
    assert shown.updates == []  # nothing was moved
    paths = [best_path(first)]
    for score in (value.max, value.min):
        value.value = scores[table][place] = score
        paths.append(best_path(shown.updates[-1]))
        assert paths[-1] == decoded(*scores)
    assert len(set(map(tuple, paths))) > 1
    assert len(shown.updates) == 2 and len(shown.everything) == 2


def test_what_was_moved_stays_moved_when_another_score_is_chosen(shown):
    pytest.importorskip("ipywidgets")
    emissions, transitions = EMISSIONS.copy(), TRANSITIONS.copy()
    plots.play_trellis(WORDS, TAGS, emissions, transitions)
    for row, place, score in [(0, (0, 0), 4.0), (1, (0, 1), 6.0), (0, (1, 1), 5.0)]:
        which, value = shown.widget().children[row].children
        which.value = place
        value.value = score
    which.value = (0, 0)
    assert value.value == 4.0
    assert (emissions == EMISSIONS).all() and (transitions == TRANSITIONS).all()  # the caller's
    emissions[0, 0], transitions[0, 1], emissions[1, 1] = 4.0, 6.0, 5.0
    assert best_path(shown.updates[-1]) == decoded(emissions, transitions) == ["O", "B-per"]


def test_a_forbidden_move_has_no_slider(shown):
    pytest.importorskip("ipywidgets")
    plots.play_trellis(WORDS, TAGS, EMISSIONS, TRANSITIONS)
    names = [name for name, _ in shown.widget().children[1].children[0].options]
    assert len(names) == 8 and "O to I-per" not in names


def test_without_ipywidgets_there_is_a_picture(shown, bare):
    plots.play_trellis(WORDS, TAGS, EMISSIONS, TRANSITIONS)
    (picture,) = shown.everything
    assert best_path(picture) == decoded(EMISSIONS, TRANSITIONS)
    assert picture.data.startswith(b"\x89PNG")


def by_capitals(words):
    return ["B-per" if word.istitle() else "O" for word in words]


def unsure(words):
    return by_capitals(words), [1 / (1 + len(word)) for word in words]


MODELS = {"by <capitals>": by_capitals, "unsure": unsure}


def rows(table):
    return [re.findall("<td.*?>(.*?)</td>", row) for row in table.data.split("<tr>")[2:]]


def test_a_table_has_a_row_for_each_model_with_what_it_finds_and_where_it_is_least_sure(
    shown, bare
):
    plots.play_tagging(MODELS, "Joe doesn't run.")
    (table,) = shown.everything
    capitals, other = rows(table)
    words = ["Joe", "does", "n't", "run", "."]
    finds = plots.highlight(words, by_capitals(words)).data
    assert capitals == ["<b>by &lt;capitals&gt;</b>", finds, ""]
    assert other == ["<b>unsure</b>", finds, "does 0.20"]


def test_a_sentence_that_is_typed_changes_the_answers(shown):
    pytest.importorskip("ipywidgets")
    plots.play_tagging(MODELS, "Joe ran.")
    (first,) = shown.still()
    box = shown.widget()
    assert box.value == "Joe ran." and not box.continuous_update
    box.value = "Then <b>Roger</b> ran & Li sat."
    (table,) = shown.updates
    assert ">Roger <small" in table.data and "&amp;" in table.data
    assert "&lt;" in table.data and "<b>Roger" not in table.data
    assert first.data.count("<tr>") == table.data.count("<tr>") == 3


def test_each_sentence_is_tagged_by_itself_and_no_text_at_all_is_no_sentence(shown, bare):
    asked = []

    def model(words):
        asked.append(words)
        return by_capitals(words)

    plots.play_tagging({"model": model}, "Joe ran. Roger that!")
    assert asked == [["Joe", "ran", "."], ["Roger", "that", "!"]]
    asked.clear()
    plots.play_tagging({"model": model}, " ")
    assert asked == []
    assert rows(shown.everything[-1]) == [["<b>model</b>", "", ""]]


def test_a_click_on_a_word_marks_it_and_the_list_of_tags_goes_on_with_it(shown):
    pytest.importorskip("ipywidgets")
    tags = ["O", "O", "O"]
    plots.play_annotation(["Bo", "Li", "<ran>"], tags, ["per", "geo"])
    kinds, row = shown.widget().children
    for place, wanted in [
        (0, ["B-per", "O", "O"]),
        (1, ["B-per", "B-per", "O"]),
        (1, ["B-per", "I-per", "O"]),
        (0, ["O", "B-per", "O"]),
    ]:
        row.children[place].click()
        assert tags == wanted
        assert shown.updates[-1].data == plots.highlight(["Bo", "Li", "<ran>"], wanted).data
    kinds.value = "geo"
    row.children[1].click()
    assert tags == ["O", "B-geo", "O"]


def test_without_ipywidgets_there_is_the_sentence_as_it_is_marked(shown, bare):
    plots.play_annotation(["Bo", "ran"], ["B-per", "O"], ["per"])
    (marked,) = shown.everything
    assert marked.data == plots.highlight(["Bo", "ran"], ["B-per", "O"]).data


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["per", "geo"])), max_size=20))
def test_no_row_of_clicks_leads_out_of_iob2(clicks):
    tags = ["O"] * 5
    for place, kind in clicks:
        before, tags = tags, play.after_click(tags, place, kind)
        assert missing_starts(tags) == []
        assert tags[place] != before[place]
