"""The command `tag`."""

import io
import sys

import click

from ner_tutorial.errors import UserError


@click.command()
@click.argument("directory")
@click.argument("file", default="-")
@click.option(
    "--format", default="text", show_default=True,
    type=click.Choice(
        ["text", "conll", "json", "html", "labelstudio", "doccano", "pseudonymous"]
    ),
)  # fmt: skip
@click.option("--encoding", default="utf-8-sig", help="Of the text; UTF-8 by default.")
@click.option(
    "--min-confidence", type=click.FloatRange(0, 1), default=0,
    help="Leave out entities that the model is less sure of.",
)  # fmt: skip
@click.option(
    "--tokens", is_flag=True,
    help="The text was split already: a token a line and blank lines between sentences, or a "
    "sentence a line and spaces between tokens. Both are kept.",
)  # fmt: skip
def tag(
    directory: str, file: str, format: str, encoding: str, min_confidence: float, tokens: bool
) -> None:
    """Find the entities in a text, from FILE or standard input.

    A sentence ends at the end of its line, so give each paragraph in one line. The formats: text,
    the sentence with [name](type); conll, a token and its tag a line; json, an object a sentence
    and line, all offsets in characters of the whole text; html, a page with colours; labelstudio
    and doccano, what these tools import to be corrected, each sentence by itself; pseudonymous, the
    sentences with [person 1], [place 1] and [date 1] in the place of what was found. What the model
    misses stays readable there: that is no anonymity.

    \b
    Example:
      echo "Joe went to Stanford University." | python -m ner_tutorial tag my-model
      python -m ner_tutorial tag my-model letter.txt --format html > letter.html
      python -m ner_tutorial tag my-model words.txt --tokens --format conll > tagged.conll
    """
    from tqdm import tqdm

    from ner_tutorial.formats import render
    from ner_tutorial.tagger import Tagger
    from ner_tutorial.text import given_sentences

    tagger = Tagger.load(directory)
    if format == "pseudonymous":
        _check_hides_people(directory, tagger.vocabulary.index2tag[1:])
    try:
        with click.open_file(file, "rb") as binary:
            stream = io.TextIOWrapper(binary, encoding=encoding, newline="")
            pieces = iter(lambda: stream.read(65_536), "")
            quiet = not sys.stderr.isatty() or sys.stdout.isatty()
            tagged = (
                tagger.tag_split(given_sentences("".join(pieces), file))
                if tokens
                else tagger.tag_text(pieces)
            )
            found = tqdm(tagged, unit=" sentences", disable=quiet)
            sure = (s.at_least(min_confidence) for s in found) if min_confidence else found
            if hasattr(sys.stdout, "reconfigure"):
                sys.stdout.reconfigure(encoding="utf-8")
            for part in render(sure, format):
                sys.stdout.write(part)
            sys.stdout.flush()
    except LookupError:
        raise UserError(f"there is no encoding {encoding!r}; give another --encoding") from None
    except UnicodeError as error:
        name = getattr(error, "encoding", encoding)
        raise UserError(f"{file}: not {name} text; give its --encoding") from None


def _check_hides_people(directory: str, tags: tuple[str, ...]) -> None:
    from ner_tutorial.pseudonyms import hides_people

    if not hides_people(tags):
        raise UserError(
            f"{directory}: finds no people ({', '.join(tags)}), so all would stay readable; give a "
            "model whose tags have the type per, or person"
        )
