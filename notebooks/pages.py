"""The course as pages: each lesson, with the outputs it has, and the documents around them.

`write` leaves them in a folder, for reading from a disk without a network, or as a site. A link to
another file of the course leads to its page, or else to the file in the repository.
"""

import html
import posixpath
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
from address import ADDRESS, FOLDER, RELEASE, ROOT
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

from ner_tutorial import files
from ner_tutorial.lessons import GMB_ID, SETUP_ID

# Pages are read in this order: the index, the lessons, the others.
INDEX = "notebooks/README.md"
OTHERS = {
    "notebooks/TEACHING.md": "teaching.html",
    "README.md": "course.html",
    "INSTALL.md": "install.html",
    "data/README.md": "data.html",
    "benchmarks/results.md": "results.html",
    "benchmarks/README.md": "benchmarks.html",
    "CONTRIBUTING.md": "contributing.html",
    "CHANGELOG.md": "changelog.html",
    **{f"docs/{path.name}": f"{path.stem}.html" for path in sorted((ROOT / "docs").glob("*.md"))},
}

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<nav aria-label="Pages">{links}</nav>
<main>
{body}
</main>
<nav aria-label="Pages, below">{links}</nav>
</body>
</html>
"""

# nbconvert's plainest template, with the set-up cells folded away.
LESSON = f"""\
{{% extends "basic/index.html.j2" %}}
{{% block codecell %}}
{{% if cell.id in {(SETUP_ID, GMB_ID)} %}}
<details><summary>{{{{ cell.source.partition(".")[0].lstrip("# ") }}}}</summary>
{{{{ super() }}}}
</details>
{{% else %}}
{{{{ super() }}}}
{{% endif %}}
{{% endblock %}}
"""


class Renderer(IPythonRenderer):
    """The Markdown of one document as HTML that needs nothing from elsewhere."""

    def __init__(self, source: str, names: dict[str, str]):
        folder = posixpath.dirname(source)
        super().__init__(escape=False, embed_images=True, path=str(ROOT / folder))
        self.folder, self.names = folder, names
        self.anchors = Counter()

    def link(self, text: str, url: str, title: str | None = None) -> str:
        parts = urlsplit(url)
        if not parts.scheme and parts.path:
            path = posixpath.normpath(posixpath.join(self.folder, parts.path))
            page = self.names.get(path, f"{ADDRESS}/blob/{RELEASE}/{path}")
            url = page + (f"#{parts.fragment}" if parts.fragment else "")
        return super().link(text, url, title)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A picture of the course; of a badge from elsewhere, its words."""
        return text if urlsplit(url).scheme else super().image(text, url, title)

    def heading(self, text: str, level: int, **_: str) -> str:
        """With the anchor that GitHub gives it."""
        words = html.unescape(re.sub(r"<[^>]*>", "", text)).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        again = self.anchors[anchor]
        self.anchors[anchor] += 1
        anchor += f"-{again}" if again else ""
        return f'<h{level} id="{anchor}">{text}</h{level}>\n'

    def block_html(self, text: str) -> str:
        """As it stands: nbconvert would parse each piece alone, and close a fold at its start."""
        return text + "\n"

    def table(self, text: str) -> str:
        return f'<div class="table" tabindex="0"><table>\n{text}</table></div>\n'

    def inline_math(self, body: str) -> str:
        return _mathml(body, "inline")

    def block_math(self, body: str) -> str:
        return f'<span class="formula" tabindex="0">{_mathml(body, "block")}</span>'

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")


def _mathml(latex: str, display: str) -> str:
    """With the space that TeX sets after `log`, and around a sign that stands between words."""
    found = convert(latex, display=display)
    found = re.sub(r"(<mi>[a-z]{2,}</mi>)(?=<m(?!o))", r'\1<mspace width="0.167em" />', found)
    return found.replace("mtext>", "mi>")


def _lesson(notebook: nbformat.NotebookNode, renderer: Renderer) -> str:
    exporter = HTMLExporter(
        template_name="basic",
        raw_template=LESSON,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        filters={"markdown2html": MarkdownWithMath(renderer).render},
    )
    body, _ = exporter.from_notebook_node(notebook)
    return body.replace('<div class="output_html', '<div tabindex="0" class="output_html')


def _links(place: int, pages: list[tuple[str, str]]) -> str:
    """To the page before, the index, and the page after this one; the ends have one less."""
    links = ['<a href="index.html">Index</a>']
    if place > 0:
        name, title = pages[place - 1]
        links.insert(0, f'<a rel="prev" href="{name}">← {html.escape(title)}</a>')
    if place + 1 < len(pages):
        name, title = pages[place + 1]
        links.append(f'<a rel="next" href="{name}">{html.escape(title)} →</a>')
    return "\n".join(links)


def write(lessons: dict[Path, nbformat.NotebookNode], target: Path) -> None:
    """Make the folder `target` anew, with a page for each lesson and each document."""
    notebooks = {f"{FOLDER.name}/{path.name}": lesson for path, lesson in lessons.items()}
    own = {source: f"{Path(source).stem}.html" for source in notebooks}
    names = {INDEX: "index.html", **own, **OTHERS}
    pages, bodies = [], []
    for source, name in names.items():
        renderer = Renderer(source, names)
        if lesson := notebooks.get(source):
            text, body = lesson.cells[0].source, _lesson(lesson, renderer)
        else:
            text = (ROOT / source).read_text(encoding="utf-8")
            body = MarkdownWithMath(renderer).render(text)
        pages.append((name, text.splitlines()[0].lstrip("# ")))
        bodies.append(body.replace("<pre>", '<pre tabindex="0">'))  # it scrolls, by keys as well
    with files.whole_directory(target) as folder:
        for place, ((name, title), body) in enumerate(zip(pages, bodies, strict=True)):
            page = PAGE.format(title=html.escape(title), links=_links(place, pages), body=body)
            (folder / name).write_text(page, encoding="utf-8")
        (folder / "style.css").write_text(_style(), encoding="utf-8")


def _style() -> str:
    """The colours of code, on light and on dark ground, and all else."""
    light, dark = (
        HtmlFormatter(style=style).get_style_defs(".highlight")
        for style in ("default", "github-dark")
    )
    own = (FOLDER / "pages.css").read_text(encoding="utf-8")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n{own}"
