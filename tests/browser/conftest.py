"""A real browser without a network: the system's Chromium, driven by Playwright."""

import re
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
OUTSIDE = re.compile(r"^(?!https?://(127\.0\.0\.1|localhost)[:/]|(file|data|blob|about):)")


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def context(browser):
    """A browser as one finds it for the first time; what is not on this machine does not answer."""
    with browser.new_context() as context:
        context.route(OUTSIDE, lambda route: route.abort())
        context.set_default_timeout(60_000)  # for machines that have much else to do
        yield context


@pytest.fixture
def page(context):
    return context.new_page()
