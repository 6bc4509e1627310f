"""The shipped sample: what the lessons count on, and that its sources give exactly this file."""

import csv
import re
import runpy
import shutil
import sys
from collections import Counter, defaultdict

import numpy as np
import pytest

from ner_tutorial import corpus
from ner_tutorial.batching import split
from ner_tutorial.iob2 import entities

DATA = corpus.SAMPLE.parent
TYPES = ["art", "eve", "geo", "gpe", "nat", "org", "per", "tim"]


@pytest.fixture(scope="module")
def raw():
    return corpus.SAMPLE.read_bytes()


@pytest.fixture(scope="module")
def tokens():
    return corpus.read_gmb(corpus.SAMPLE)


@pytest.fixture(scope="module")
def sentences(tokens):
    return corpus.to_sentences(tokens)


@pytest.fixture(scope="module")
def frames():
    """The name of each sentence's frame."""
    with (DATA / "sample_frames.csv").open(encoding="cp1252", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Sentence #"] for row in rows] == [f"Sentence: {n + 1}" for n in range(len(rows))]
    return [row["Frame"] for row in rows]


@pytest.fixture
def sources(tmp_path):
    """A copy of what the sample is built from, without what is built."""
    for folder in ("frames", "gazetteers"):
        shutil.copytree(DATA / folder, tmp_path / folder)
    for name in ("build_sample.py", "build_counterfactual.py", "counterfactual.txt"):
        shutil.copy(DATA / name, tmp_path)
    return tmp_path


def test_the_sources_give_the_sample_byte_for_byte(sources):
    runpy.run_path(str(sources / "build_sample.py"), run_name="__main__")
    for name in ("sample.csv", "sample_frames.csv"):
        assert (sources / name).read_bytes() == (DATA / name).read_bytes()
    assert not list(sources.glob("*.partial"))


def test_the_sample_is_written_as_kaggles_file_is(raw):
    assert raw.startswith(b"Sentence #,Word,POS,Tag\r\nSentence: 1,")
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")


def test_the_sample_is_windows_1252_and_neither_utf_8_nor_iso_8859_1(raw):
    raw.decode("cp1252")
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert any(0x80 <= byte < 0xA0 for byte in raw)  # control characters in ISO-8859-1


def test_the_sample_is_numbered_from_one(tokens, sentences):
    assert tokens["sentence"].drop_duplicates().tolist() == list(range(1, len(sentences) + 1))


def test_the_sample_is_small_enough_to_ship_and_large_enough_to_learn_from(raw, sentences):
    assert len(raw) <= 2_500_000
    assert 5000 <= len(sentences) <= 6000


def test_sentences_are_as_long_as_in_news_and_as_varied(sentences):
    lengths = np.array([len(sentence) for sentence in sentences])
    assert 18 <= lengths.mean() <= 24
    assert lengths.std() >= 6.5
    assert lengths.max() > 90
    assert (lengths > corpus.MAX_LENGTH).sum() >= 4


def test_tags_are_about_as_frequent_as_in_gmb(tokens, sentences):
    share = tokens["tag"].value_counts(normalize=True)
    assert 0.82 <= share["O"] <= 0.87
    frequent = share[share.index.str.startswith("B-")].index.tolist()
    assert frequent[0] == "B-geo"
    assert set(frequent[1:5]) == {"B-tim", "B-org", "B-per", "B-gpe"}
    without = sum(set(sentence.tags) == {"O"} for sentence in sentences) / len(sentences)
    assert 0.10 <= without <= 0.20


# Per cent of GMB's entities of one, two, three, and of more words.
LENGTHS_IN_GMB = {
    "per": (25.75, 53.2, 16.0, 5.1),
    "org": (52.7, 25.4, 13.2, 8.8),
    "geo": (82.4, 16.2, 0.9, 0.5),
    "tim": (77.4, 16.2, 4.2, 2.2),
}
# Per cent of GMB's entities that open a sentence, and that open it as one word.
OPENINGS_IN_GMB = {"per": (23.7, 7.5), "org": (13.7, 9.3), "geo": (8.9, 8.1), "tim": (2.5, 2.2)}
# Per cent of the people in GMB whose names have such a form, or who stand in a list.
FORMS_IN_GMB = {"initial": 0.3, "hyphen": 4.1, "apostrophe": 0.2, "particle": 3.3, "list": 2.9}
PARTICLES = {"al", "bin", "van", "de", "von", "el", "da", "der", "di", "du", "la", "den", "dos"}


def lengths_of(kind, sentences):
    found = [min(e.end - e.start, 4) for s in sentences for e in entities(s.tags) if e.type == kind]
    return [100 * found.count(words) / len(found) for words in (1, 2, 3, 4)]


def openings_of(kind, sentences):
    found = [e for s in sentences for e in entities(s.tags) if e.type == kind]
    first = [e for e in found if e.start == 0]
    return [100 * len(e) / len(found) for e in (first, [e for e in first if e.end == 1])]


def forms_of_people(sentences):
    """For each form its share of the people, in per cent."""
    forms = []
    for sentence in sentences:
        people = [e for e in entities(sentence.tags) if e.type == "per"]
        for person in people:
            words = sentence.words[person.start : person.end]
            behind = sentence.words[person.end : person.end + 1]
            next_ones = {e.start - person.end for e in people}
            forms.append(
                {
                    "initial": any(re.fullmatch(r"[A-Z]\.", word) for word in words),
                    "hyphen": any("-" in word for word in words),
                    "apostrophe": any("'" in word for word in words),
                    "particle": any(
                        word in PARTICLES or word.startswith(("al-", "el-")) for word in words
                    ),
                    "list": behind in [(",",), ("and",)] and bool(next_ones & {1, 2}),
                }
            )
    return {form: 100 * sum(f[form] for f in forms) / len(forms) for form in FORMS_IN_GMB}


@pytest.mark.parametrize("kind", LENGTHS_IN_GMB)
def test_names_are_as_long_and_open_a_sentence_as_often_as_in_gmb(kind, sentences):
    np.testing.assert_allclose(lengths_of(kind, sentences), LENGTHS_IN_GMB[kind], atol=5)
    np.testing.assert_allclose(openings_of(kind, sentences), OPENINGS_IN_GMB[kind], atol=5)


def test_people_have_initials_hyphens_apostrophes_and_particles_and_stand_in_lists_as_in_gmb(
    sentences,
):
    found = forms_of_people(sentences)
    for form, share in FORMS_IN_GMB.items():
        assert abs(found[form] - share) <= 2, form
        assert found[form] > 0


def test_the_shares_of_gmb_are_those_of_gmb(gmb_tokens):
    theirs = corpus.to_sentences(gmb_tokens)
    for kind in LENGTHS_IN_GMB:
        np.testing.assert_allclose(lengths_of(kind, theirs), LENGTHS_IN_GMB[kind], atol=0.06)
        np.testing.assert_allclose(openings_of(kind, theirs), OPENINGS_IN_GMB[kind], atol=0.06)
    assert forms_of_people(theirs) == pytest.approx(FORMS_IN_GMB, abs=0.06)


def test_of_the_running_examples_only_the_exclamation_stands_in_the_sample(sentences):
    texts = {" ".join(sentence.words) for sentence in sentences}
    assert not any(text.startswith(("Joe went to", "Roger is a")) for text in texts)
    assert not any("Stanford University" in text and "Joe" in text for text in texts)
    alone = Counter(
        sentence.words[e.start]
        for sentence in sentences
        for e in entities(sentence.tags)
        if e.type == "per" and e.end == e.start + 1
    )
    assert min(alone["Joe"], alone["Roger"]) >= 10
    assert "Roger that !" in texts
    assert all(s.tags[0] == "O" for s in sentences if s.words[:2] == ("Roger", "that"))


def test_rare_types_are_rare_and_frequent_enough_to_be_counted(tokens):
    is_rare = tokens["tag"].str[2:].isin(["art", "eve", "nat"])
    assert 0.002 <= is_rare.mean() <= 0.009
    assert (tokens["tag"][is_rare & tokens["tag"].str.startswith("B-")].value_counts() >= 80).all()


def test_words_have_a_long_tail_and_names_several_types(tokens):
    counts = tokens["word"].value_counts()
    assert len(counts) >= 7500
    assert (counts == 1).mean() >= 0.35
    named = tokens[tokens["tag"] != "O"]
    assert (named["tag"].str[2:].groupby(named["word"]).nunique() >= 2).sum() >= 250
    assert (tokens.groupby("word")["tag"].nunique() >= 2).sum() >= 600


def test_the_test_part_has_names_that_training_has_not(sentences):
    parts = split(corpus.keep_short(sentences))
    seen = {word for sentence in parts.train for word in sentence.words}
    named = [
        word
        for sentence in parts.test
        for word, tag in zip(sentence.words, sentence.tags, strict=True)
        if tag != "O"
    ]
    assert 0.08 <= sum(word not in seen for word in named) / len(named) <= 0.20


def without_names(sentence) -> list[str]:
    """The sentence with each entity as its type and each number as 0."""
    return [
        tag[2:].upper() if tag[0] == "B" else re.sub(r"\d+", "0", word)
        for word, tag in zip(sentence.words, sentence.tags, strict=True)
        if tag[0] != "I"
    ]


def test_frames_are_many_and_none_is_used_often(sentences, frames):
    first_uses = dict(zip(reversed(frames), reversed(sentences), strict=True))
    assert len({tuple(without_names(sentence)) for sentence in first_uses.values()}) >= 1500
    assert max(Counter(frames).values()) <= 0.003 * len(sentences)


def test_no_two_frames_share_more_than_60_percent_of_their_4_grams(sentences, frames):
    grams = defaultdict(set)
    for frame, sentence in zip(frames, sentences, strict=True):
        words = without_names(sentence)
        grams[frame] |= {tuple(words[i : i + 4]) for i in range(len(words) - 3)}
    shared = Counter()
    frames_with = defaultdict(list)
    for frame, found in grams.items():
        for gram in found:
            shared.update((other, frame) for other in frames_with[gram])
            frames_with[gram].append(frame)
    assert sum(map(len, grams.values())) > 30_000
    for (one, other), count in shared.items():
        assert count <= 0.6 * min(len(grams[one]), len(grams[other])), (one, other)


def test_no_sentence_of_six_words_or_more_stands_in_gmb(sentences, gmb_tokens):
    theirs = {sentence.words for sentence in corpus.to_sentences(gmb_tokens)}
    assert not [s for s in sentences if len(s) >= 6 and s.words in theirs]


def test_the_sample_has_all_seventeen_tags(tokens):
    expected = {"O", *(f"{place}-{kind}" for place in "BI" for kind in TYPES)}
    assert set(tokens["tag"]) == expected
    assert len(expected) == 17


def test_the_sample_has_the_traps_that_lesson_01_shows(tokens, sentences):
    assert (tokens["word"] == "None").any()
    assert any(len(sentence) > corpus.MAX_LENGTH for sentence in sentences)
    assert len(set(sentences)) < len(sentences)
    assert any(set(sentence.tags) == {"O"} for sentence in sentences)


def test_every_token_has_a_part_of_speech_and_no_white_space(tokens):
    assert (tokens["pos"] != "").all()
    assert not tokens["word"].str.contains(r"\s").any()


def test_each_sentence_is_listed_with_the_frame_it_was_made_from(sentences, frames):
    assert len(frames) == len(sentences)
    frames_of = defaultdict(set)
    for frame, sentence in zip(frames, sentences, strict=True):
        frames_of[sentence].add(frame)
    assert all(len(names) == 1 for names in frames_of.values())


@pytest.mark.parametrize(
    ("frame", "line", "message"),
    [
        ("{person} slept .\nVBD .\n{moon} rose .\nVBD .\n", 3, "{moon}: no such slot"),
        ("# a note\n[org the {city} club met .\nDT NN VBD .\n", 2, "an entity's bracket is not"),
        ("[moon {city} ] met .\nVBD .\n", 1, "[moon: not a type"),
        ("{person} slept .\nVBD\n", 1, "2 written words, but 1 POS tags"),
        ("\n{person} slept .\n", 2, "a frame needs a second line, with its POS tags"),
    ],
)
def test_a_frame_that_is_wrong_is_refused_with_its_line(tmp_path, frame, line, message):
    builder = runpy.run_path(str(DATA / "build_sample.py"))
    path = tmp_path / "frames.txt"
    path.write_text(frame)
    with pytest.raises(builder["SourceError"]) as caught:
        builder["read_frames"](tmp_path)
    assert str(caught.value).startswith(f"{path}:{line}: {message}")


# The counterfactual test set.


@pytest.fixture(scope="module")
def counterfactual():
    with (DATA / "counterfactual.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def languages(rows):
    return [column for column in rows[0] if column not in ("frame", "kind", "words", "tags")]


def test_the_sources_give_the_counterfactual_test_set_byte_for_byte(sources, monkeypatch):
    monkeypatch.syspath_prepend(str(sources))
    for name in ("build_sample", "build_counterfactual"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    runpy.run_path(str(sources / "build_counterfactual.py"), run_name="__main__")
    built = (sources / "counterfactual.csv").read_bytes()
    assert built == (DATA / "counterfactual.csv").read_bytes()
    assert len(built) < 1_000_000


def test_each_sentence_names_one_person_once_in_every_language(counterfactual):
    assert len(counterfactual) == 500
    assert len(languages(counterfactual)) == 65
    for row in counterfactual:
        words, tags = row["words"].split(), row["tags"].split()
        assert len(words) == len(tags) and words.count("{name}") == 1
        (person,) = (entity for entity in entities(tags) if entity.type == "per")
        assert person.start <= words.index("{name}") == person.end - 1
        for language in languages(counterfactual):
            first, last = row[language].split("|")
            assert first.strip() and last.strip()


def four_in_a_row(words):
    return {tuple(words[i : i + 4]) for i in range(len(words) - 3)}


def test_its_sentences_are_told_in_words_that_the_sample_does_not_tell(counterfactual, sentences):
    known = set().union(*(four_in_a_row(sentence.words) for sentence in sentences))
    for row in counterfactual:
        own = four_in_a_row(row["words"].split())
        assert len(own & known) <= 0.2 * len(own), row["words"]


def test_each_name_is_of_its_column_and_women_are_as_many_as_men(counterfactual):
    with (DATA / "gazetteers" / "people.csv").open(encoding="utf-8", newline="") as file:
        listed = {(row["group"], row["kind"], row["name"]) for row in csv.DictReader(file)}
    for row in counterfactual:
        for language in languages(counterfactual):
            first, last = row[language].split("|")
            assert (language, row["kind"], first) in listed
            assert (language, "last", last) in listed
    assert Counter(row["kind"] for row in counterfactual) == {"woman": 250, "man": 250}
