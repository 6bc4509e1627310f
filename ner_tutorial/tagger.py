"""A trained model and its vocabulary as one thing that tags text (lessons 04 and 07).

TensorFlow takes seconds to import, so it is imported when a tagger is built or loaded. To tag in
several processes, start them with `multiprocessing.get_context("spawn")` and load the tagger in
each: in one that is forked after a model has run, TensorFlow would wait for ever, and we raise.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ner_tutorial.iob2 import entities
from ner_tutorial.recipes import RECIPES
from ner_tutorial.text import TOKENIZERS, Mention, TaggedText, Token, blocks, lines, split_sentences
from ner_tutorial.vocabulary import PADDING_WORD_INDEX, Vocabulary

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

    from ner_tutorial.encoder import Encoder

_Item = TypeVar("_Item")

_CELLS = 1_000_000  # words and padding that are tagged at once: a bound on the memory
_SENTENCES = 1024  # of a text that are tagged at once


class Tagger:
    """Tags text, or sentences of words, with a trained model.

    Args:
        architecture: which network it is, one of `models.ARCHITECTURES`.
        model: what that builds.
        vocabulary: the index tables it was trained with.
        training: what it was trained on and how, to be saved with it; see `saving`.
        tokenizer: which of `text.TOKENIZERS` cuts a text as the sentences were that it learned
            from; to be saved with it.
        encoder: that the model was trained with, if it was.

    Raises:
        ValueError: there is no such architecture, or no such tokenizer.
    """

    def __init__(
        self,
        architecture: str,
        model: tf.keras.Model,
        vocabulary: Vocabulary,
        training: dict[str, Any] | None = None,
        tokenizer: str = "english",
        encoder: Encoder | None = None,
    ):
        if architecture not in RECIPES:
            known = ", ".join(RECIPES)
            raise ValueError(f"unknown kind of model {architecture!r}; there are {known}")
        if tokenizer not in TOKENIZERS:
            known = ", ".join(TOKENIZERS)
            raise ValueError(f"unknown tokenizer {tokenizer!r}; there are {known}")
        self.architecture = architecture
        self.model = model
        self.vocabulary = vocabulary
        self.training = training
        self.tokenizer = tokenizer
        self.encoder = encoder

    @classmethod
    def build(cls, architecture: str, vocabulary: Vocabulary, iob2_only: bool = False) -> Tagger:
        """A tagger with a new, untrained model of the vocabulary's size; see `models.build`."""
        from ner_tutorial import models

        return cls(architecture, models.build(architecture, vocabulary, iob2_only), vocabulary)

    @classmethod
    def load(cls, directory: str | os.PathLike) -> Tagger:
        """The tagger saved in a directory, on whichever Keras version.

        Raises:
            TaggerError: it is not there, incomplete, changed, or of another format; or the encoder
                that it was trained with is not there, or another one.
        """
        from ner_tutorial import saving

        return cls(*saving.load(directory))

    def save(self, directory: str | os.PathLike, metrics: dict[str, Any] | None = None) -> None:
        """Write the tagger to a directory, whole or not at all; see `saving.save`."""
        from ner_tutorial import saving

        saved = saving.Saved(
            self.architecture,
            self.model,
            self.vocabulary,
            self.training,
            self.tokenizer,
            self.encoder,
        )
        saving.save(saved, directory, metrics)

    @overload
    def tag(self, text: str) -> TaggedText: ...  # type: ignore[overload-overlap]

    @overload
    def tag(self, text: Iterable[str]) -> list[TaggedText]: ...  # type: ignore[overload-overlap]

    @overload
    def tag(self, text: Iterable[Sequence[str]]) -> list[list[str]]: ...

    def tag(
        self, text: str | Iterable[str] | Iterable[Sequence[str]]
    ) -> TaggedText | list[TaggedText] | list[list[str]]:
        """Tag a text, several texts, or sentences that are split into words already.

        Args:
            text: a string; or a list or pandas Series of strings; or sentences, a list of words
                each.

        Returns:
            Of a string a `TaggedText`, of several a list of them; of sentences their tags, a list
            for each.

        Raises:
            ValueError: a text is missing, or a sentence has no words; the message names the row.
            RuntimeError: this process was forked from one in which a model had run; see `models`.
        """
        if isinstance(text, str):
            return self._tag_texts([text])[0]
        if not isinstance(text, Iterable):
            raise ValueError(f"{text!r} is no text; give a string, or a list of strings")
        rows: list[Any] = list(text)
        if any(isinstance(row, str) for row in rows):
            return self._tag_texts(rows)
        return list(self._tag_sentences(rows))

    def tag_text(self, pieces: Iterable[str]) -> Iterator[TaggedText]:
        """The sentences of a text with what was found in them, in order, however many there are.

        Args:
            pieces: strings that together are the text, such as an open file's lines.
        """
        for start, block in blocks(lines(pieces)):
            yield from self.tag_split(split_sentences(block, self.tokenizer, start))

    def tag_split(self, sentences: Iterable[tuple[str, int, list[Token]]]) -> Iterator[TaggedText]:
        """The same for sentences that were split into tokens already, in any way.

        Args:
            sentences: as `text.split_sentences` or `text.given_sentences` yields them: a sentence's
                text, where it begins, and its tokens, one or more.
        """
        for batch in _batches(sentences, lambda sentence: len(sentence[2]), _SENTENCES):
            found = self.tag_surely([[token.text for token in tokens] for *_, tokens in batch])
            for (text, start, tokens), (tags, confidences) in zip(batch, found, strict=True):
                mentions = _mentions(text, start, tokens, tags, confidences)
                yield TaggedText(text, start, tokens, tags, confidences, mentions)

    def tag_surely(
        self, sentences: Iterable[Sequence[str]]
    ) -> Iterator[tuple[list[str], list[float]]]:
        """Of each sentence, a list of words, its tags, and how probable the model thinks each; see
        `decoding.predict_confidence`."""
        from ner_tutorial.decoding import predict_confidence

        for batch in _batches(sentences, len, sys.maxsize):
            for indices, sure in predict_confidence(self.model, self._encode(batch)):
                yield self.vocabulary.decode_tags(indices), sure.tolist()

    def _tag_texts(self, texts: list[str]) -> list[TaggedText]:
        for row, text in enumerate(texts):
            if not isinstance(text, str):
                raise ValueError(f"row {row} is {text!r}, no text; leave out what is missing")
        found = [TaggedText(text, 0, [], [], [], []) for text in texts]
        split = [list(split_sentences([text], self.tokenizer)) for text in texts]
        rows = (row for row, sentences in enumerate(split) for _ in sentences)
        for row, sentence in zip(rows, self.tag_split(chain.from_iterable(split)), strict=True):
            found[row].tokens.extend(sentence.tokens)
            found[row].tags.extend(sentence.tags)
            found[row].confidences.extend(sentence.confidences)
            found[row].entities.extend(sentence.entities)
        return found

    def _tag_sentences(self, sentences: Iterable[Sequence[str]]) -> Iterator[list[str]]:
        from ner_tutorial.decoding import predict_tags

        for batch in _batches(_checked(sentences), len, sys.maxsize):
            for tags in predict_tags(self.model, self._encode(batch)):
                yield self.vocabulary.decode_tags(tags)

    def _encode(self, sentences: Sequence[Sequence[str]]) -> np.ndarray:
        from ner_tutorial.batching import pad

        rows = [self.vocabulary.encode_words(words) for words in sentences]
        words = pad(rows, PADDING_WORD_INDEX)
        if self.encoder is None:
            return words
        from ner_tutorial.encoder import look_up

        return look_up(self.model, self.encoder.read(sentences), words)[0]


def _checked(sentences: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    for row, words in enumerate(sentences):
        if not isinstance(words, Sequence):
            raise ValueError(f"row {row} is {words!r}; give a text, or a list of words")
        if not words:
            raise ValueError(f"row {row} holds no word")
        yield words


def _batches(
    sentences: Iterable[_Item], length: Callable[[_Item], int], most: int
) -> Iterator[list[_Item]]:
    """Sentences in lists of at most `most`, that fill at most `_CELLS` once padded."""
    batch: list[_Item] = []
    longest = 0
    for sentence in sentences:
        longest = max(longest, length(sentence))
        if batch and (len(batch) == most or (len(batch) + 1) * longest > _CELLS):
            yield batch
            batch, longest = [], length(sentence)
        batch.append(sentence)
    if batch:
        yield batch


def _mentions(
    text: str, start: int, tokens: list[Token], tags: list[str], confidences: list[float]
) -> list[Mention]:
    found = []
    for kind, first, end in entities(tags):
        left, right = tokens[first].start, tokens[end - 1].end
        name = text[left - start : right - start]
        found.append(Mention(kind, name, left, right, min(confidences[first:end])))
    return found
