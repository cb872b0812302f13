"""The tour from beginning to end, and exercises answered, in Chromium."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from cnnviz.teaching.lecture import LECTURE_GUIDE
from cnnviz.teaching.tour import TOUR
from tests.browser.conftest import App


def outlined(page: Page) -> list[str]:
    """Keys of the elements with an outline of their own."""
    classes = page.evaluate(
        "[...document.querySelectorAll('[style*=outline]')].map(e => e.className)"
    )
    return [match[1] for name in classes if (match := re.search(r"st-key-(\S+)", name))]


def test_the_tour_leads_through_its_pages_and_outlines_what_they_are_about(app: App) -> None:
    page = app.open("/").page
    page.get_by_role("button", name="Take the guided tour").click()
    for i, step in enumerate(TOUR.steps.values()):
        app.idle()
        expect(
            page.get_by_text(f"Guided tour, {i + 1} of {len(TOUR.steps)}: {step.title}")
        ).to_be_visible()
        expect(page.locator(f".st-key-{step.target}").first).to_have_css(
            "outline-style", "solid", timeout=90_000
        )
        assert outlined(page) == [step.target]
        assert f"guide=tour-{step.key}" in page.url
        page.get_by_role("button", name=re.compile("^(Next:|Finish)")).click()
    app.idle()
    expect(page.get_by_role("button", name="Take the guided tour")).to_be_visible()
    assert outlined(page) == []


def test_the_tour_is_left_by_the_menu_and_by_its_button_and_taken_up_again(app: App) -> None:
    page = app.open("/inside?guide=tour-early").page
    app.menu("Glossary")
    page.get_by_role("button", name="Back to the guided tour: Early").click()
    app.idle()
    expect(page.get_by_role("heading", name="Look inside")).to_be_visible()
    page.get_by_role("button", name="Leave the guided tour").click()
    app.idle()
    expect(page.get_by_text("Guided tour,")).to_have_count(0)
    assert "guide=" not in page.url
    app.menu("Overview")
    page.get_by_role("button", name="Continue the guided tour: Early").click()
    app.idle()
    expect(page.get_by_text("Guided tour, 2 of")).to_be_visible()


def test_a_wrong_prediction_names_the_misconception_and_another_can_be_tried(app: App) -> None:
    page = app.open("/inside").page
    page.get_by_text("Predict first, then see").click()
    page.get_by_text("the late one", exact=True).click()
    expect(page.get_by_role("button", name="Commit")).to_be_enabled()
    page.get_by_role("button", name="Commit").click()
    expect(page.get_by_text("Not the late one.")).to_be_visible()
    expect(page.get_by_text("25,088 values")).to_be_visible()  # 32 x 28 x 28
    expect(page.get_by_text("0 of 1 right at the first try")).to_be_visible()
    page.get_by_role("button", name="Try another").click()
    expect(page.get_by_role("button", name="Commit")).to_be_disabled()


def test_the_lecture_leads_through_all_its_pages(app: App) -> None:
    page = app.open("/lesson").page
    page.get_by_role("button", name="Walk through it").click()
    for i, step in enumerate(LECTURE_GUIDE.steps.values()):
        app.idle(120)
        expect(page.get_by_text(f"Lecture, {i + 1} of {len(LECTURE_GUIDE.steps)}:")).to_be_visible()
        assert urlsplit(page.url).path == ("/" if step.page == "overview" else f"/{step.page}")
        assert "Ignored in the link" not in page.inner_text("body")
        expect(page.get_by_test_id("stException")).to_have_count(0)
        onward = page.get_by_role("button", name=re.compile("^(Next:|Finish)"))
        expect(onward).to_have_count(1)  # that of the step before goes when the page is drawn
        onward.click()
    app.idle()
    expect(page.get_by_role("heading", name="See a convolutional network")).to_be_visible()


def test_a_teachers_link_opens_a_page_as_prepared_and_hides_controls(app: App) -> None:
    page = app.open("/lesson?lesson_view=link").page
    code = page.get_by_test_id("stCode")
    for title, key in (("Menu of pages", "menu"), ("Choice of the network", "network")):
        page.get_by_role("button", name=title).click()
        expect(code).to_contain_text(f"hide={key}", timeout=20_000)
    app.idle()
    link = code.inner_text().strip()
    assert link == f"{app.url}/inside?hide=menu&hide=network"
    page.goto(link + "&network=shipped-lenet5&hide=nothing")
    app.idle()
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Network")).to_have_count(0)
    expect(page.locator("p").filter(has_text="LeNet-5").first).to_have_text("Network\nLeNet-5")
    expect(page.get_by_text("Ignored in the link")).to_contain_text("got “nothing”")


def test_a_page_to_hand_in_opens_offline_with_the_predictions_and_the_notes(
    app: App, tmp_path: Path
) -> None:
    page = app.open("/inside").page
    page.get_by_text("Predict first, then see").click()
    page.get_by_text("the late one", exact=True).click()
    page.get_by_role("button", name="Commit").click()
    expect(page.get_by_text("Not the late one.")).to_be_visible()
    app.menu("Lessons")
    page.get_by_text("A page to hand in").click()
    app.idle()
    page.get_by_role("textbox", name="Notes").fill("Coarse maps.")
    page.keyboard.press("Control+Enter")
    app.idle()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my page").click()
    file = tmp_path / "page.html"
    download.value.save_as(file)
    page.context.set_offline(True)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    expect(page.get_by_text("Predictions: 0 of 1 correct")).to_be_visible()
    expect(page.get_by_text("Coarse maps.")).to_be_visible()
    page.locator(".map").first.hover(position={"x": 102, "y": 102})  # 7 pixels a cell
    expect(page.locator("#value")).to_contain_text("row 14, column 14:")
