"""The course as pages: they hang together, and need nothing from elsewhere."""

import re
from urllib.parse import urldefrag

import nbformat
import pages
import pytest
from bs4 import BeautifulSoup

LESSONS = sorted(pages.FOLDER.glob("*.ipynb"))
IN_THE_REPOSITORY = re.compile(rf"{re.escape(pages.ADDRESS)}/blob/{pages.RELEASE}/(.*)")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Each page by its name, parsed, from the lessons as they are stored."""
    folder = tmp_path_factory.mktemp("site") / "html"
    pages.write({path: nbformat.read(path, as_version=4) for path in LESSONS}, folder)
    made = sorted(folder.glob("*.html"))
    return {path.name: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in made}


def render(markdown, source="notebooks/README.md"):
    renderer = pages.Renderer(source, {"README.md": "course.html"})
    return pages.MarkdownWithMath(renderer).render(markdown)


def test_each_lesson_and_each_document_is_a_page(site):
    lessons = {f"{path.stem}.html" for path in LESSONS}
    assert set(site) == {"index.html", *lessons, *pages.OTHERS.values()}
    assert len(lessons) >= 7
    for name, page in site.items():
        links = [link["href"] for link in page.find_all("a")]
        inside = [link for link in links if IN_THE_REPOSITORY.match(link)]
        assert not [link for link in inside if re.search(r"\.(md|ipynb)\b", link)], name


def test_every_link_leads_to_a_page_with_its_anchor_or_to_a_file_of_the_repository(site):
    """And to no folder, which JupyterLab would not open."""
    for name, page in site.items():
        for link in page.find_all("a"):
            target, anchor = urldefrag(link["href"])
            if inside := IN_THE_REPOSITORY.fullmatch(target):
                assert (pages.ROOT / inside[1]).is_file(), (name, link)
            elif not target.startswith("https://"):
                assert target == "" or target in site, (name, link)
                assert not anchor or site[target or name].find(id=anchor), (name, link)


def test_previous_and_next_lead_from_the_index_through_the_lessons_to_all_pages(site):
    way = ["index.html"]
    while link := site[way[-1]].nav.find("a", rel="next"):
        back = site[link["href"]].nav.find("a", rel="prev")
        assert back["href"] == way[-1]
        assert link.text == f"{site[link['href']].title.text} →"
        way.append(link["href"])
    assert way[1 : len(LESSONS) + 1] == [f"{path.stem}.html" for path in LESSONS]
    assert sorted(way) == sorted(site)
    for page in site.values():
        above, below = page.find_all("nav")
        assert str(above.contents) == str(below.contents)
        assert above.find("a", href="index.html")


def test_a_page_has_a_language_a_title_and_the_width_of_the_screen(site):
    for name, page in site.items():
        assert page.html["lang"] == "en"
        assert page.title.text == page.h1.text, name
        assert "width=device-width" in page.find("meta", attrs={"name": "viewport"})["content"]


def test_nothing_is_loaded_from_elsewhere(site):
    for name, page in site.items():
        assert not page.find_all(["script", "iframe", "object", "embed", "video", "audio"]), name
        assert {link["href"] for link in page.find_all("link")} == {"style.css"}
        for loaded in page.find_all(src=True):
            assert loaded["src"].startswith("data:image/"), name
        styles = [tag["style"] for tag in page.find_all(style=True)]
        styles += [tag.text for tag in page.find_all("style")]
        assert not re.search(r"url\(|@import", " ".join(styles)), name


def test_every_figure_is_there_with_its_description(site):
    for path in LESSONS:
        stored = [
            output.metadata["image/png"]["alt"]
            for cell in nbformat.read(path, as_version=4).cells
            for output in cell.get("outputs", [])
            if "image/png" in output.get("data", {})
        ]
        assert [image["alt"] for image in site[f"{path.stem}.html"].find_all("img")] == stored
    (picture,) = site["course.html"].find_all("img")
    assert "Stanford University" in picture["alt"]


def test_each_formula_is_mathml_and_none_is_left_as_latex(site):
    for path in LESSONS:
        prose = "\n".join(
            re.sub(r"`[^`]*`", "", cell.source)
            for cell in nbformat.read(path, as_version=4).cells
            if cell.cell_type == "markdown"
        )
        formulas = re.findall(r"\$\$.+?\$\$|\$.+?\$", prose)
        assert len(site[f"{path.stem}.html"].find_all("math")) == len(formulas), path.name
    assert len(site["04_bilstm_crf.html"].find_all("math", display="block")) >= 6
    for name, page in site.items():
        texts = page.main.find_all(string=re.compile(r"\$|\\[a-zA-Z(\[]"))
        assert all(text.find_parent(["pre", "code"]) for text in texts), name


def test_set_up_cells_are_folded_away_and_no_other_cell_is(site):
    for path in LESSONS:
        folded = site[f"{path.stem}.html"].find_all("details")
        code = [cell for details in folded for cell in details.find_all(class_="code_cell")]
        cells = [cell["id"].split("=")[1] for cell in code]
        assert cells == [pages.SETUP_ID, pages.GMB_ID]
        assert not any(details.has_attr("open") for details in folded)
        assert all(len(details.summary.text) > 10 for details in folded)


def test_what_a_guess_comes_to_is_folded_and_the_text_after_it_is_not(site):
    guess = site["05_metrics.html"].find(string=re.compile("Write down a guess"))
    answer = guess.find_next("details")
    assert "Did you guess it?" in answer.text
    assert answer.find("p")
    assert "Where do the two CRFs differ?" not in answer.text


def test_making_the_pages_prints_no_warning(tmp_path, capfd, recwarn):
    lesson = {LESSONS[0]: nbformat.read(LESSONS[0], as_version=4)}
    pages.write(lesson, tmp_path / "html")
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_a_link_to_what_is_no_page_leads_to_the_repository_at_this_release():
    place = f"{pages.ADDRESS}/blob/{pages.RELEASE}"
    assert f'href="{place}/Makefile"' in render("[make](../Makefile)")
    assert 'href="course.html#start"' in render("[start](../README.md#start)")
    assert 'href="#below"' in render("[below](#below)")
    assert 'href="https://example.org/a#b"' in render("[else](https://example.org/a#b)")


def test_a_heading_has_githubs_anchor_and_the_second_of_a_name_its_own():
    found = re.findall(r'id="(.*?)"', render("# I teach: `crf.py`, *B & C*\n# A\n# A"))
    assert found == ["i-teach-crfpy-b--c", "a", "a-1"]


def test_a_badge_becomes_a_link_of_words():
    found = render("[![Open In Colab](https://a.example/b.svg)](https://a.example/c)")
    assert found == '<p><a href="https://a.example/c">Open In Colab</a></p>\n'


def test_space_stands_after_a_functions_name_and_none_before_its_bracket():
    assert '<mi>log</mi><mspace width="0.167em" /><mi>Z</mi>' in render(r"$\log Z$")
    assert "<mspace" not in render(r"$\log(x)$")
    assert "<mtext>" not in render(r"$\text{seen} - \text{expected}$")


def test_an_environment_of_latex_is_a_formula_as_well():
    found = render("\\begin{align}a &= b \\\\ c &= d\\end{align}")
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in found
    assert "begin" not in re.sub(r"<[^>]*>", "", found)
