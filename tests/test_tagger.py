"""The tagger: words in, tags out; or a text in, and what was found in it out."""

import os
import signal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from taggers import SENTENCES, VOCABULARY, WITH_FEATURES, build_random

from ner_tutorial import iob2
from ner_tutorial.decoding import predict_confidence
from ner_tutorial.models import ARCHITECTURES, crf_of
from ner_tutorial.tagger import Tagger
from ner_tutorial.text import TOKENIZERS, given_sentences, split_sentences

TEXT = "Joe Müller went to Rome. Nobody knows Joe.\nRome, Rome: to Joe to Rome!"


def test_each_word_gets_a_tag_and_none_that_of_padding(taggers):
    for tagger in taggers.values():
        tags = tagger.tag(SENTENCES)
        assert [len(sentence) for sentence in tags] == [5, 12, 3, 2]
        found = {tag for sentence in tags for tag in sentence}
        assert found <= set(VOCABULARY.index2tag[1:])
        assert len(found) > 1


def test_a_sentence_is_tagged_the_same_alone(taggers):
    for tagger in taggers.values():
        assert [tagger.tag([words])[0] for words in SENTENCES] == tagger.tag(SENTENCES)


def test_sentences_are_tagged_the_same_however_many_are_tagged_at_once(taggers, monkeypatch):
    expected = taggers["crf"].tag(SENTENCES)
    for cells in (1, 6, 24, 25, 36):
        monkeypatch.setattr("ner_tutorial.tagger._CELLS", cells)
        assert taggers["crf"].tag(SENTENCES) == expected
        with pytest.raises(ValueError, match="row 3 holds no word"):
            taggers["crf"].tag([*SENTENCES[:3], [], []])


def test_a_sentence_of_one_word_is_tagged(taggers):
    for tagger in taggers.values():
        assert tagger.tag([["Rome"]])[0][0] in VOCABULARY.index2tag[1:]


def test_no_sentences_have_no_tags(taggers):
    assert taggers["crf"].tag([]) == []


def test_a_sentence_without_words_is_refused(taggers):
    with pytest.raises(ValueError, match="row 1 holds no word"):
        taggers["crf"].tag([["Joe"], []])


def test_several_texts_are_tagged_as_each_alone(taggers):
    texts = [TEXT, "", "Rome.", "Nobody knows Joe Müller."]
    for tagger in taggers.values():
        alone = [tagger.tag(text) for text in texts]
        for together in (tagger.tag(texts), tagger.tag(pd.Series(texts)), tagger.tag(iter(texts))):
            assert [found[:4] for found in together] == [found[:4] for found in alone]
            for one, other in zip(together, alone, strict=True):
                np.testing.assert_allclose(one.confidences, other.confidences, atol=1e-5)


@pytest.mark.parametrize("missing", [None, float("nan"), 3, ["Joe"]])
def test_a_missing_text_is_refused_with_its_row(taggers, missing):
    with pytest.raises(ValueError, match=r"row 2 is .*, no text; leave out what is missing"):
        taggers["crf"].tag(["Joe went.", "Rome.", missing])
    with pytest.raises(ValueError, match="row 1 is"):
        taggers["crf"].tag(pd.Series(["Rome.", missing]))


@pytest.mark.parametrize("nothing", [None, float("nan"), 42])
def test_what_is_no_text_is_refused(taggers, nothing):
    with pytest.raises(ValueError, match="is no text; give a string"):
        taggers["crf"].tag(nothing)
    with pytest.raises(ValueError, match=r"row 0 is .*; give a text, or a list of words"):
        taggers["crf"].tag([nothing])


def test_a_word_spelled_like_the_padding_is_an_unknown_word(taggers):
    for tagger in taggers.values():
        for special in ("<_PAD_>", "<_UNK_>"):
            (tags,) = tagger.tag([["Joe", special, "Rome"]])
            assert len(tags) == 3
        assert tagger.tag([["<_PAD_>"]]) == tagger.tag([["<_UNK_>"]])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_in_a_process_forked_after_a_model_has_run_it_raises_and_does_not_hang(taggers):
    taggers["crf"].tag(SENTENCES)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(60)  # ends a child that hangs
        try:
            taggers["crf"].tag(SENTENCES)
        except RuntimeError as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    os.close(writer)
    with os.fdopen(reader) as message:
        assert "multiprocessing.get_context('spawn')" in message.read()


def test_an_unknown_kind_of_model_is_refused(taggers):
    with pytest.raises(ValueError, match="unknown kind of model 'hmm'; there are softmax, crf"):
        Tagger.build("hmm", VOCABULARY)
    with pytest.raises(ValueError, match="unknown kind of model 'hmm'"):
        Tagger("hmm", taggers["crf"].model, VOCABULARY)


def test_features_are_needed_where_the_architecture_reads_them():
    with pytest.raises(ValueError, match="needs a vocabulary with features"):
        Tagger.build("char-crf", VOCABULARY)


def test_a_tagger_knows_its_architecture_its_vocabulary_and_how_it_was_trained(taggers):
    for architecture, tagger in taggers.items():
        assert tagger.architecture == architecture
        assert tagger.vocabulary == (
            WITH_FEATURES if ARCHITECTURES[architecture].reads_form else VOCABULARY
        )
        assert tagger.training is None
    trained = Tagger("crf", taggers["crf"].model, VOCABULARY, {"seed": 1})
    assert trained.training == {"seed": 1}


def test_a_tagger_held_to_iob2_finds_no_tag_without_a_start():
    free, held = (build_random("crf", iob2_only) for iob2_only in (False, True))
    assert crf_of(free.model).tag_names is None
    assert crf_of(held.model).tag_names == list(VOCABULARY.index2tag)
    sentences = [list(words) for words in np.random.default_rng(0).choice(
        VOCABULARY.index2word[2:], (40, 9)
    )]  # fmt: skip
    assert any(iob2.missing_starts(tags) for tags in free.tag(sentences))
    assert not any(iob2.missing_starts(tags) for tags in held.tag(sentences))


# Text.


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_a_text_is_cut_by_the_models_own_tokenizer(taggers, tokenizer):
    tagger = Tagger("crf", taggers["crf"].model, VOCABULARY, tokenizer=tokenizer)
    expected = list(split_sentences([TEXT], tokenizer))
    found = list(tagger.tag_text([TEXT]))
    assert [(s.text, s.start, s.tokens) for s in found] == expected
    assert tagger.tag([TEXT])[0].tokens == [token for *_, tokens in expected for token in tokens]


def test_an_unknown_tokenizer_is_refused(taggers):
    with pytest.raises(ValueError, match="unknown tokenizer 'bert'; there are english, words"):
        Tagger("crf", taggers["crf"].model, VOCABULARY, tokenizer="bert")


@pytest.mark.parametrize("cells", [1, 7, 1000])
def test_sentences_that_were_split_already_are_tagged_as_they_are(taggers, cells, monkeypatch):
    text = "Joe M\u00fcller\nwent to Rome\n" + "Joe " * 9
    split = list(given_sentences(text))
    expected = taggers["crf"].tag([[token.text for token in tokens] for *_, tokens in split])
    monkeypatch.setattr("ner_tutorial.tagger._CELLS", cells)
    found = list(taggers["crf"].tag_split(split))
    assert [sentence.tags for sentence in found] == expected
    assert [(s.text, s.start, s.tokens) for s in found] == split


def test_a_text_is_split_tagged_and_its_names_are_found_where_they_stand(taggers):
    for tagger in taggers.values():
        found = list(tagger.tag_text([TEXT]))
        pieces = list(split_sentences([TEXT]))
        assert [(s.text, s.start, s.tokens) for s in found] == pieces
        tags = tagger.tag([[token.text for token in tokens] for _, _, tokens in pieces])
        assert [sentence.tags for sentence in found] == tags
        assert any(sentence.entities for sentence in found)
        for sentence in found:
            mentions = []
            for kind, first, end in iob2.entities(sentence.tags):
                left, right = sentence.tokens[first].start, sentence.tokens[end - 1].end
                least = min(sentence.confidences[first:end])
                mentions.append((kind, TEXT[left:right], left, right, least))
            assert sentence.entities == mentions


def test_confidences_are_those_of_the_decoder_in_plain_numbers(taggers):
    for tagger in taggers.values():
        for sentence in tagger.tag_text([TEXT]):
            words = tagger.vocabulary.encode_words([token.text for token in sentence.tokens])
            ((_, sure),) = predict_confidence(tagger.model, words[np.newaxis])
            np.testing.assert_allclose(sentence.confidences, sure, atol=1e-5)
            assert {type(value) for value in sentence.confidences} == {float}


def test_a_text_as_one_string_gives_one_piece_with_all_that_was_found(taggers):
    crf = taggers["crf"]
    whole, sentences = crf.tag(TEXT), list(crf.tag_text([TEXT]))
    assert (whole.text, whole.start) == (TEXT, 0)
    for name in ("tokens", "tags", "confidences", "entities"):
        assert getattr(whole, name) == [item for s in sentences for item in getattr(s, name)]


def test_a_text_without_words_has_nothing_in_it(taggers):
    assert list(taggers["crf"].tag_text([])) == list(taggers["crf"].tag_text([" \n\t"])) == []
    assert taggers["crf"].tag(" \n") == (" \n", 0, [], [], [], [])


@given(st.integers(1, 20), st.integers(1, 3))
def test_a_text_reads_the_same_in_pieces_of_any_size_and_however_many_at_once(size, at_once):
    crf = _shared()
    expected = _without_confidence(crf.tag_text([TEXT]))
    pieces = (TEXT[i : i + size] for i in range(0, len(TEXT), size))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ner_tutorial.tagger._SENTENCES", at_once)
        assert _without_confidence(crf.tag_text(pieces)) == expected


_kept = []


def _shared() -> Tagger:
    """Hypothesis calls a test many times: it builds its tagger once."""
    if not _kept:
        _kept.append(build_random("crf"))
    return _kept[0]


def _without_confidence(sentences):
    return [
        (s.text, s.start, s.tokens, s.tags, [mention[:4] for mention in s.entities])
        for s in sentences
    ]
