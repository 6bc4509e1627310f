"""What was found in a text, written down: nothing is lost, nothing is taken for markup."""

import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import corpus
from ner_tutorial.formats import COLOURS, NEUTRAL, colour, ink, mark, render
from ner_tutorial.text import Mention, TaggedText, split_sentences

TYPES = ["per", "geo", "<b>&\"'"]
ODD = st.sampled_from(
    ["\U0001f469\u200d\U0001f467", "e\u0301", "\u05e9\u05dc", "\u202e", "\x00", "\x1b[31m", "<b>",
     "&amp;", '"', "'", "](x)", "\u2028", "\r\n", ". "]
)  # fmt: skip
TEXTS = st.lists(st.text(max_size=8) | ODD, max_size=20).map("".join)


@st.composite
def tagged_texts(draw):
    """The sentences of a text, each with some of its tokens as entities of one or two words."""
    found = []
    for text, start, tokens in split_sentences([draw(TEXTS)]):
        tags, entities, at = ["O"] * len(tokens), [], 0
        while at < len(tokens):
            length = draw(st.integers(0, 2))
            end = min(at + length, len(tokens))
            if length:
                kind = draw(st.sampled_from(TYPES))
                tags[at:end] = [f"B-{kind}", f"I-{kind}"][: end - at]
                left, right = tokens[at].start, tokens[end - 1].end
                entities.append(Mention(kind, text[left - start : right - start], left, right, 0.5))
            at = max(end, at + 1)
        found.append(TaggedText(text, start, tokens, tags, [0.5] * len(tokens), entities))
    return found


def written(sentences, format) -> str:
    return "".join(render(sentences, format))


@given(tagged_texts())
def test_json_lines_hold_all_that_was_found(sentences):
    lines = written(sentences, "json").splitlines()  # no character of the text breaks a line
    assert len(lines) == len(sentences)
    for line, sentence in zip(map(json.loads, lines), sentences, strict=True):
        assert (line["text"], line["start"]) == (sentence.text, sentence.start)
        assert line["end"] == sentence.start + len(sentence.text)
        assert line["tokens"] == [token._asdict() for token in sentence.tokens]
        assert line["tags"] == sentence.tags
        assert line["entities"] == [entity._asdict() for entity in sentence.entities]


def places(sentence):
    return [(m.start - sentence.start, m.end - sentence.start, m.type) for m in sentence.entities]


@given(tagged_texts())
def test_doccano_gets_a_line_a_sentence_with_its_spans(sentences):
    lines = [json.loads(line) for line in written(sentences, "doccano").splitlines()]
    assert [line["text"] for line in lines] == [sentence.text for sentence in sentences]
    for line, sentence in zip(lines, sentences, strict=True):
        assert list(map(tuple, line["label"])) == places(sentence)


@given(tagged_texts())
def test_label_studio_gets_a_task_a_sentence_with_its_prediction(sentences):
    tasks = json.loads(written(sentences, "labelstudio"))
    assert [task["data"]["text"] for task in tasks] == [sentence.text for sentence in sentences]
    for task, sentence in zip(tasks, sentences, strict=True):
        (prediction,) = task["predictions"]
        values = [region["value"] for region in prediction["result"]]
        assert [(v["start"], v["end"], v["labels"][0]) for v in values] == places(sentence)
        assert all(task["data"]["text"][v["start"] : v["end"]] == v["text"] for v in values)
        assert len({region["id"] for region in prediction["result"]}) == len(values)
        for region in prediction["result"]:
            assert (region["from_name"], region["to_name"]) == ("label", "text")
            assert (region["type"], region["score"]) == ("labels", 0.5)


def test_what_doccano_gets_is_read_as_a_corpus_with_the_same_tags(tmp_path):
    text, start, tokens = next(split_sentences(["Joe left New York. "]))
    tags = ["B-per", "O", "B-geo", "I-geo", "O"]
    found = [Mention("per", "Joe", 0, 3, 1), Mention("geo", "New York", 9, 17, 1)]
    path = tmp_path / "found.jsonl"
    path.write_text(written([TaggedText(text, start, tokens, tags, [1] * 5, found)], "doccano"))
    (sentence,) = corpus.read(path)
    assert sentence == corpus.Sentence(tuple(token.text for token in tokens), tuple(tags))


@given(tagged_texts())
def test_columns_hold_each_token_and_its_tag_in_order(sentences):
    blocks = written(sentences, "conll").split("\n\n")
    assert blocks.pop() == ""
    rows = [[line.split("\t") for line in block.split("\n")] for block in blocks]
    assert rows == [
        [[token.text, tag] for token, tag in zip(sentence.tokens, sentence.tags, strict=True)]
        for sentence in sentences
    ]


@given(tagged_texts())
def test_a_page_shows_the_text_and_takes_none_of_it_for_markup(sentences):
    body = written(sentences, "html").partition("<body>\n")[2].removesuffix("</body>\n</html>\n")
    shown = re.sub(r" <small [^>]*>[^<]*</small></mark>|<mark [^>]*>", "", body)
    texts = [f"<p>{html.escape(sentence.text)}</p>\n" for sentence in sentences]
    assert shown == "".join(texts)
    assert body.count("<mark ") == sum(len(sentence.entities) for sentence in sentences)


@given(tagged_texts())
def test_a_text_without_entities_is_written_as_it_is(sentences):
    plain = [sentence._replace(entities=[]) for sentence in sentences]
    assert written(plain, "text") == "".join(f"{sentence.text}\n" for sentence in plain)


def test_what_is_written_as_columns_is_a_corpus_again(tmp_path):
    sentence = TaggedText(
        "Li left", 0, next(split_sentences(["Li left"]))[2], ["B-per", "O"], [1, 1], []
    )
    (tmp_path / "tagged.conll").write_text(written([sentence] * 2, "conll"))
    again = corpus.read(tmp_path / "tagged.conll")
    assert again == [corpus.Sentence(("Li", "left"), ("B-per", "O"))] * 2


def test_a_page_asks_for_nothing_from_elsewhere():
    page = written([], "html")
    assert not re.search(r"src=|href=|<script|@import|url\(|http", page)


def test_each_type_of_gmb_has_a_colour_of_its_own_and_others_are_grey():
    assert len(set(COLOURS.values())) == len(COLOURS) == 8
    assert colour("B-per") == colour("I-PER") == colour("per") == COLOURS["per"]
    assert colour("O") == colour("B-drug") == NEUTRAL


def test_a_types_name_is_escaped():
    assert "<i>" not in mark("Joe", "<i>")


# Contrast, by the definitions of WCAG 2.1, as these notebooks are read: the text and the background
# of JupyterLab's light and dark themes.
THEMES = {"light": ((33, 33, 33), (255, 255, 255)), "dark": ((255, 255, 255), (17, 17, 17))}


def rgb(shade):
    return tuple(int(shade[at : at + 2], 16) for at in (1, 3, 5))


def over(shade, opacity, below):
    return tuple(opacity * a + (1 - opacity) * b for a, b in zip(shade, below, strict=True))


def contrast(one, other):
    def luminance(colour):
        parts = [c / 255 for c in colour]
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_is_that_of_wcag():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast(rgb("#767676"), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", [*COLOURS, "drug"])
def test_an_entitys_name_and_its_type_can_be_read_in_both_themes(kind, theme):
    text, page = THEMES[theme]
    marked, box = re.findall("style='([^']*)'", mark("Joe", kind))
    tint, opacity = re.search(r"background:(#\w{6})(\w\w);color:inherit", marked).groups()
    assert contrast(text, over(rgb(tint), int(opacity, 16) / 255, page)) >= 4.5
    behind, letters = re.search(r"background:(#\w{6});color:(#\w{6})", box).groups()
    assert behind == colour(kind)
    assert contrast(rgb(letters), rgb(behind)) >= 4.5


@given(st.integers(0, 0xFFFFFF).map("#{:06X}".format))
def test_ink_can_be_read_on_any_colour(shade):
    other = {"#000000": "#FFFFFF", "#FFFFFF": "#000000"}[ink(shade)]
    assert contrast(rgb(ink(shade)), rgb(shade)) >= 4.5
    assert contrast(rgb(ink(shade)), rgb(shade)) >= contrast(rgb(other), rgb(shade)) - 0.05


def test_a_person_has_the_same_stand_in_through_a_document_and_another_in_the_next():
    def sentence(text, start, *names):
        mentions = [
            Mention("per", name, at := start + text.index(name), at + len(name), 0.9)
            for name in names
        ]
        return TaggedText(text, start, [], [], [], mentions)

    first, second = sentence("Joe met Ann.", 0, "Joe", "Ann"), sentence("Ann left.", 13, "Ann")
    assert written([first, second], "pseudonymous") == (
        "[person 1] met [person 2].\n[person 2] left.\n"
    )
    assert written([second], "pseudonymous") == "[person 1] left.\n"
