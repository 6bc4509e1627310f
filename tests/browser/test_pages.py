"""The pages in a real browser without a network, from the lessons as they are stored."""

import re
from pathlib import Path
from urllib.parse import urldefrag

import nbformat
import pages
import pytest

NAMES = [
    "index.html",
    *(f"{path.stem}.html" for path in sorted(pages.FOLDER.glob("*.ipynb"))),
    *pages.OTHERS.values(),
]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "html"
    lessons = sorted(pages.FOLDER.glob("*.ipynb"))
    pages.write({path: nbformat.read(path, as_version=4) for path in lessons}, folder)
    return folder


@pytest.fixture(params=NAMES)
def opened(request, page, site):
    """Each page, as it opens; it may ask for nothing that is not there."""
    failed = []
    page.on("requestfailed", lambda asked: failed.append(asked.url))
    page.goto((site / request.param).as_uri())
    assert failed == []
    return page


def test_every_link_of_every_page_answers(page, site):
    """Those to the repository cannot be asked without a network: the file has to be there."""
    links = set()
    for path in sorted(site.glob("*.html")):
        page.goto(path.as_uri())
        links |= set(page.eval_on_selector_all("a", "links => links.map(link => link.href)"))
    repository = re.compile(rf"{re.escape(pages.ADDRESS)}/blob/{pages.RELEASE}/([^#]*).*")
    files = [found[1] for link in links if (found := repository.fullmatch(link))]
    assert [name for name in files if not (pages.ROOT / name).is_file()] == []
    within = sorted(link for link in links if link.startswith("file:"))
    assert {Path(urldefrag(link).url).name for link in within} == set(NAMES)
    for link in within:
        page.goto("about:blank")  # else a second anchor of the same page would load nothing
        page.goto(link)
        assert page.locator("h1").count(), link
        assert "#" not in link or page.locator(":target").count() == 1, link


def test_a_reader_goes_by_next_from_the_index_to_the_last_page_and_by_index_back(page, site):
    page.goto((site / "index.html").as_uri())
    for name in NAMES[1:]:
        page.locator("nav [rel=next]").last.click()
        page.wait_for_url(f"**/{name}")
    page.locator("nav").first.get_by_text("Index").click()
    page.wait_for_url("**/index.html")


def test_a_formula_is_drawn_and_none_is_cut_off(page, site):
    page.goto((site / "04_bilstm_crf.html").as_uri())
    sizes = page.eval_on_selector_all(
        "math", "all => all.map(math => [math.clientWidth, math.getBoundingClientRect().height])"
    )
    assert len(sizes) > 30
    assert all(width > 3 and height > 5 for width, height in sizes)
    fraction, exponent = page.locator("mfrac").first, page.locator("msup > mn:last-child").first
    assert fraction.bounding_box()["height"] > 1.5 * exponent.bounding_box()["height"]
    cut = "all => all.filter(formula => formula.scrollHeight > formula.clientHeight).length"
    assert page.eval_on_selector_all(".formula", cut) == 0


def test_a_figure_is_drawn_and_described(opened):
    figures = "all => all.map(figure => [figure.naturalWidth, figure.alt])"
    for width, description in opened.eval_on_selector_all("img", figures):
        assert width > 100
        assert len(description) > 20 and not description.startswith("No description")


def test_set_up_cells_open_when_they_are_asked_to(page, site):
    for path in sorted(site.glob("0*.html")):
        page.goto(path.as_uri())
        code = page.get_by_text("import subprocess").first
        assert not code.is_visible(), path.name
        page.locator("summary").first.click()
        assert code.is_visible(), path.name


def test_a_phone_scrolls_no_page_sideways(opened):
    opened.set_viewport_size(PHONE)
    assert opened.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened, scheme):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    opened.emulate_media(color_scheme=scheme)
    opened.set_viewport_size(PHONE)  # where most has to scroll
    options = {"resultTypes": ["violations"]}
    if scheme == "dark":  # differs in its colours alone
        options["runOnly"] = ["color-contrast"]
    found = axe.Axe().run(opened, options=options).response["violations"]
    serious = [
        (finding["id"], finding["nodes"][0]["html"], finding["nodes"][0]["failureSummary"])
        for finding in found
        if finding["impact"] in ("serious", "critical")
    ]
    assert serious == []
