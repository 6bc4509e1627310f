"""The transformer, held against one in plain NumPy, and what it makes of sentences of words."""

import shutil
from dataclasses import replace

import encoders
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_tutorial import batching, experiment, pretrained
from ner_tutorial.corpus import Sentence
from ner_tutorial.encoder import Encoder, attention, look_up
from ner_tutorial.errors import EncoderError, TaggerError
from ner_tutorial.models import ARCHITECTURES, char_crf
from ner_tutorial.recipes import Recipe
from ner_tutorial.tagger import Tagger
from ner_tutorial.vocabulary import PADDING_WORD_INDEX

JOE = ["Joe", "went", "to", "Stanford", "University", "."]
ROGER = ["Roger", "that", "!"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return Encoder(encoders.write(tmp_path_factory.mktemp("encoder")))


def words():
    return st.lists(st.text("joestanfrd.", min_size=1, max_size=9), min_size=1, max_size=7)


def pieces_of(encoder, sentence):
    return encoder.padded([[encoder.pieces.encode(word) for word in sentence]])[0][0].tolist()


def assert_equals_the_reference(encoder, sentences, sizes, tolerance):
    """Every layer, of padded sentences."""
    batch = [[encoder.pieces.encode(word) for word in sentence] for sentence in sentences]
    states = encoder.network(*encoder.padded(batch))
    values = {name: weight.numpy() for name, weight in encoder.network.table.items()}
    for row, sentence in enumerate(sentences):
        pieces = pieces_of(encoder, sentence)
        wanted = encoders.reference(values, sizes[1], sizes[0], pieces)
        length = len(pieces)
        for found, layer in zip(states, wanted, strict=True):
            np.testing.assert_allclose(found[row, :length], layer, atol=tolerance)


@settings(max_examples=15)
@given(st.lists(words(), min_size=1, max_size=3))
def test_it_equals_one_in_numpy_with_padding_and_without(small, sentences):
    sentences = [sentence[:4] for sentence in sentences]
    assert_equals_the_reference(small, sentences, (2, 3), 1e-5)


@pytest.fixture(scope="module")
def real():
    try:
        return Encoder()
    except EncoderError:
        pytest.skip("the package with the encoder is not installed")


def test_with_real_weights_it_equals_the_one_in_numpy(real):
    assert_equals_the_reference(real, [JOE, ROGER], (6, 12), 1e-5)


@pytest.fixture(params=["small", "real"])
def either(request):
    return request.getfixturevalue(request.param)


def test_every_layer_equals_that_of_hugging_face_of_the_same_files(either):
    torch = pytest.importorskip("torch")  # the course needs neither
    transformers = pytest.importorskip("transformers")
    folder = pretrained.find(either.source)
    theirs = transformers.BertModel.from_pretrained(folder, attn_implementation="eager").eval()
    batch = [[either.pieces.encode(word) for word in sentence] for sentence in [JOE, ROGER]]
    pieces, mask = (np.asarray(array) for array in either.padded(batch))
    with torch.no_grad():
        inputs = {"input_ids": pieces, "attention_mask": mask}
        inputs = {name: torch.tensor(array.astype(np.int64)) for name, array in inputs.items()}
        wanted = theirs(**inputs, output_hidden_states=True).hidden_states
    for found, layer in zip(either.network(pieces, mask), wanted, strict=True):
        np.testing.assert_allclose(found.numpy()[mask], layer.numpy()[mask], atol=1e-5)


def test_with_real_weights_a_batch_is_what_its_sentences_are_one_by_one(real):
    both = real.read([JOE, ROGER])
    for sentence, found in zip([JOE, ROGER], both, strict=True):
        np.testing.assert_allclose(real.read([sentence])[0], found, atol=1e-5)
        assert found.shape == (len(sentence), 384)


@settings(max_examples=15)
@given(st.lists(words(), max_size=5), st.sampled_from([-1, 0, 1]))
def test_a_batch_is_what_its_sentences_are_one_by_one(small, sentences, layer):
    together = small.read(sentences, layer)
    alone = [small.read([sentence], layer)[0] for sentence in sentences]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_words_vector_is_the_mean_of_its_pieces(small):
    pieces = pieces_of(small, ["Stanford", "joe"])
    states = small.network(np.array([pieces]), np.ones([1, len(pieces)], bool))[-1][0]
    wanted = [(states[1] + states[2]) / 2, states[3]]
    np.testing.assert_allclose(small.read([["Stanford", "joe"]])[0], wanted, atol=1e-5)


def test_a_vector_knows_its_neighbours_in_the_layers_and_not_in_the_table(small):
    one, other = [["joe", "stan"], ["joe", "ford"]]
    assert np.abs(small.read([one])[0][0] - small.read([other])[0][0]).max() > 0.01
    np.testing.assert_array_equal(small.word_vectors(one)[0], small.word_vectors(other)[0])
    np.testing.assert_allclose(
        small.word_vectors(["stanford"])[0],
        (small.word_vectors(["stan"])[0] + small.table[small.pieces.index["##ford"]]) / 2,
    )


def test_a_sentence_of_more_pieces_than_there_are_places_is_read_in_parts(small):
    long = ["joe"] * 100
    found = small.read([long, ["stan"]])
    np.testing.assert_allclose(found[0][:38], small.read([long[:38]])[0], atol=1e-5)
    assert [len(vectors) for vectors in found] == [100, 1]
    assert len(small.read([["-" * 100, "joe"]])[0]) == 2  # a word of more pieces than places


def test_no_sentence_and_no_word_have_no_vectors(small):
    assert small.read([]) == []
    assert small.read([[]])[0].shape == (0, 12)
    assert small.word_vectors([]).shape == (0, 12)


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 99))
def test_attention_is_a_mean_of_the_values_that_may_be_looked_at(length, size, seed):
    random = np.random.default_rng(seed)
    queries, keys, values = random.normal(size=(3, length, size)).astype(np.float32)
    mask = random.random((length, length)) < 0.6
    mask[:, 0] = True
    found, weights = attention(*map(tf.constant, (queries, keys, values)), mask)
    for place in range(length):
        scores = [np.exp(queries[place] @ key / size**0.5) for key in keys]
        scores = np.array(scores) * mask[place]
        np.testing.assert_allclose(weights[place], scores / scores.sum(), atol=1e-5)
        np.testing.assert_allclose(found[place], scores / scores.sum() @ values, atol=1e-5)


def test_a_model_reads_the_vectors_of_all_parts_beside_its_words(small):
    parts = [[["joe", "stan"], ["ford"]], [["joe"], ["a", "b", "c"]]]
    vectors = small.read([sentence for part in parts for sentence in part])
    encoded = []
    for part in parts:
        indices = np.full((2, 3, 10), PADDING_WORD_INDEX, np.int32)
        for row, sentence in enumerate(part):
            indices[row, : len(sentence)] = 7
        encoded.append(indices)
    model = char_crf(9, 9, 3, encoder_size=small.size)
    looked_up = look_up(model, vectors, *encoded)
    lookup = tf.keras.Model(model.input, model.get_layer("encoder").output)
    vectors = iter(vectors)
    for part, before, after in zip(parts, encoded, looked_up, strict=True):
        assert after.dtype == np.int32
        np.testing.assert_array_equal(after[:, :, :-1], before)
        for sentence, row in zip(part, lookup(after).numpy(), strict=True):
            np.testing.assert_allclose(row[: len(sentence)], next(vectors), atol=2e-3)  # float16
        assert (after[:, :, -1][before[:, :, 0] == PADDING_WORD_INDEX] == PADDING_WORD_INDEX).all()


# What a tagger makes of it.

SENTENCES = [
    Sentence(("joe", "went", "to", "stanford", "."), ("B-per", "O", "O", "B-org", "O")),
    Sentence(("stan", "reads", "."), ("B-per", "O", "O")),
    Sentence(("nobody", "reads"), ("O", "O")),
]
PARTS = batching.Split(SENTENCES, SENTENCES[:2], SENTENCES[1:])


@pytest.fixture(scope="module")
def trained(small):
    recipe = replace(Recipe.choose("char-crf", 3), epochs=1, min_count=1)
    return experiment.run("char-crf", PARTS, recipe, encoder=small).tagger


def scores(tagger, sentences):
    found = tagger._encode(sentences)
    return tf.keras.Model(tagger.model.input, tagger.model.get_layer("crf").output[1])(found)


def test_a_saved_tagger_finds_its_encoder_again_and_decides_as_before(trained, tmp_path):
    trained.save(tmp_path / "model")
    loaded = Tagger.load(tmp_path / "model")
    rows = [["joe", "knows", "stanford"], ["stan"]]
    assert loaded.tag(rows) == trained.tag(rows)
    np.testing.assert_allclose(scores(loaded, rows), scores(trained, rows), atol=1e-6)
    assert not (tmp_path / "model" / "model.safetensors").exists()
    assert [token.text for token in loaded.tag("Joe went.").tokens] == ["Joe", "went", "."]


def test_what_the_encoder_says_reaches_the_scores(trained):
    before = scores(trained, [["joe"]]).numpy()
    read = trained.encoder.read
    trained.encoder.read = lambda sentences: [-vectors for vectors in read(sentences)]
    try:
        assert np.abs(scores(trained, [["joe"]]).numpy() - before).max() > 1e-4
    finally:
        del trained.encoder.read


def test_another_encoder_in_its_place_or_none_is_refused_in_one_line(small, tmp_path):
    source = encoders.write(tmp_path / "encoder")
    recipe = replace(Recipe.choose("char-crf", 3), epochs=1, min_count=1)
    tagger = experiment.run("char-crf", PARTS, recipe, encoder=Encoder(source)).tagger
    tagger.save(tmp_path / "model")
    encoders.write(source, encoders.draw(seed=1))
    with pytest.raises(TaggerError, match="another encoder than is now at") as error:
        Tagger.load(tmp_path / "model")
    assert "\n" not in str(error.value)
    shutil.rmtree(source)
    with pytest.raises(TaggerError, match="no directory, and no package") as error:
        Tagger.load(tmp_path / "model")
    assert "\n" not in str(error.value)


def test_only_char_crf_reads_an_encoder(small):
    for name in set(ARCHITECTURES) - {"char-crf"}:
        with pytest.raises(ValueError, match="reads no encoder; take char-crf"):
            experiment.run(name, PARTS, encoder=small)
