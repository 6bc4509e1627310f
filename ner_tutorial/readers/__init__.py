"""The file formats of corpora, one module each (lessons 01 and 07).

A reader is a module with three things:

    FALLBACK                 the encoding to try where the text is not UTF-8, or None
    recognises(path, first)  whether a file whose first line that is not blank is this is its own
    read(path, text)         yields the `Tokens` of each sentence; `CorpusError` with the line

A reader knows nothing of tag schemes: that a tag is one of IOB2, and continues what is before it,
`corpus.read` checks for all of them. A new format is a new module and a row in the table below.
"""

from ner_tutorial.readers import conll, gmb

# In the order in which they are asked; the last one takes what is left.
READERS = {"a CSV in the form of GMB": gmb, "CoNLL columns": conll}
