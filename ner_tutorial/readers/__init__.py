"""The file formats of corpora, one module each (lessons 01 and 07).

A reader is a module with three things:

    FALLBACK                         the encoding to try where the text is not UTF-8, or None
    recognises(path, text, reading)  whether a file with this text is its own
    read(path, text, reading)        the `Contents`: the `Tokens` of each sentence, and notes;
                                     `CorpusError` with the line

`reading` is what a person said of the file. A reader does not judge tags or words: that a word can
be seen, and that a tag is one of a scheme and fits the one before it, `corpus.read` checks for all
of them. `columns` and `spans` are what several readers share. A new format is a new module and a
row in the table below.
"""

from ner_tutorial.readers import brat, conll, markup, records, table

# In the order in which they are asked; the last one takes what is left.
READERS = {
    "BRAT": brat,
    "JSON": records,
    "markup": markup,
    "a table with a header": table,
    "CoNLL columns": conll,
}
