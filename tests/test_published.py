"""Published corpora, in the folder that the environment variable NER_TUTORIAL_CORPORA names.

They are counted here once more, in a few lines that share nothing with the readers.
"""

import os
import zipfile
from pathlib import Path

import pytest

from ner_tutorial import corpus, iob2

FOLDER = os.environ.get("NER_TUTORIAL_CORPORA")
GMB = os.environ.get("NER_TUTORIAL_GMB")

# The columns of word and tag; then sentences, tokens and entities, as those who count them say.
PUBLISHED = {
    "wnut17/wnut17train.conll": (0, 1, 3_394, 62_730, 1_975),
    "wnut17/emerging.dev.conll": (0, 1, 1_009, 15_733, 836),
    "wnut17/emerging.test.annotated": (0, 1, 1_287, 23_394, 1_079),
    "uner_en_ewt/en_ewt-ud-dev.iob2": (1, 2, 2_001, 25_149, 966),
    "uner_en_ewt/en_ewt-ud-test.iob2": (1, 2, 2_077, 25_097, 1_088),
    "germeval2014/NER-de-dev.tsv": (1, 2, 2_200, 41_653, 2_674),
}


def counted(text, word, tag):
    """Sentences, each a list of words and tags, of a text with tabs."""
    sentences = [[]]
    for line in text.split("\n"):
        cells = line.strip("\r\ufeff").split("\t")
        if not any(cells):
            sentences.append([])
        elif not line.startswith(("# ", "#\t")) or len(cells) == 2:
            sentences[-1].append((cells[word].strip("\ufeff"), cells[tag]))
    return [sentence for sentence in sentences if sentence]


@pytest.mark.skipif(FOLDER is None, reason="NER_TUTORIAL_CORPORA names no folder")
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_corpus_is_read_as_it_is_and_counted_the_same(name):
    word, tag, *wanted = PUBLISHED[name]
    path = Path(FOLDER, name)
    theirs = counted(path.read_text(encoding="utf-8"), word, tag)
    ours = corpus.read(path)
    assert [list(zip(s.words, s.tags, strict=True)) for s in ours] == theirs
    starts = sum(tag.startswith("B-") for sentence in theirs for _, tag in sentence)
    assert [len(theirs), sum(map(len, theirs)), starts] == wanted
    assert sum(len(iob2.entities(sentence.tags)) for sentence in ours) == starts


@pytest.mark.skipif(GMB is None, reason="NER_TUTORIAL_GMB does not name Kaggle's zip")
def test_gmb_is_counted_the_same():
    with zipfile.ZipFile(GMB) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("ner_dataset.csv"))
        lines = archive.read(name).decode("cp1252").splitlines()[1:]
    ours = corpus.read(GMB)
    assert len(ours) == sum(line.startswith("Sentence: ") for line in lines)
    assert sum(map(len, ours)) == len(lines)
    starts = sum(line.rpartition(",")[2].startswith("B-") for line in lines)
    assert sum(len(iob2.entities(sentence.tags)) for sentence in ours) == starts
