"""Names of runs that are links, images and markup: on no page does a browser follow them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from benchmarks import served
from cnnviz.ui.compare import VIEWS
from tests.security.conftest import FOREIGN_HOST, LINK, MARKDOWN, Attacked

pytestmark = pytest.mark.browser

REFERENCES = """(host) => {
  const roots = [document];
  const found = [];
  while (roots.length) {
    for (const element of roots.pop().querySelectorAll("*")) {
      if (element.shadowRoot) roots.push(element.shadowRoot);
      for (const {name, value} of element.attributes) {
        if (/(href|src|srcset|style|data|action|poster)$/.test(name) && value.includes(host))
          found.push(`${element.tagName} ${name} ${value}`.slice(0, 200));
      }
    }
  }
  return found;
}"""
FRAME = "iframe "  # begins a selector inside of the page's frame
CHOSEN = f'input[value*="{FOREIGN_HOST}"]'  # in a list of choices
CELL, LEGEND, TICK = "canvas td", ".legendtext", ".xtick text"
NETWORKS = "network={0}&other={1}&inside_other={1}&beside=network"
SEVERAL = "compare={0}&compare={1}&compare={2}"
# addresses with runs for numbers, and where a name is shown last
SHOWN = {
    "train?run={0}": CELL,
    "train?run={2}": CELL,
    "time?run={0}": CHOSEN,
    "race?race={race}": "",
    "draw?draw_networks={0}&draw_networks={1}": "li.network",
    "report?network={0}&report_against={1}&report_against={2}": f"{FRAME}th",
    f"embedding?{NETWORKS}": "figcaption",
    f"inside?{NETWORKS}": CHOSEN,
    f"compare?compare_view=table&{SEVERAL}": CELL,
    f"compare?compare_view=charts&{SEVERAL}": ".textpoint",
    f"compare?compare_view=charts&compare_chart=two&{SEVERAL}": ".xtitle",
    f"compare?compare_view=digit&{SEVERAL}": "figcaption",
    f"compare?compare_view=differ&{SEVERAL}": TICK,
    f"compare?compare_view=differ&compare_part=two&{SEVERAL}": TICK,
    f"compare?compare_view=differ&compare_part=classes&{SEVERAL}": LEGEND,
    f"compare?compare_view=differ&compare_part=certainty&{SEVERAL}": CELL,
    f"compare?compare_view=robust&{SEVERAL}": LEGEND,
    f"compare?compare_view=protocol&{SEVERAL}": '[data-testid="stPageLink"]',
    f"compare?compare_view=tricks&{SEVERAL}": '[data-testid="stPageLink"]',
}


class Visitor:
    """A tab that notes which other hosts it asks for anything; its cache lasts for all pages."""

    def __init__(self, page: Page, attacked: Attacked) -> None:
        self.page, self._attacked = page, attacked
        self.left: list[str] = []
        page.context.on("request", self._note)

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self._attacked.url, "data:", "blob:", "about:")):
            self.left.append(request.url)

    def open(self, address: str) -> None:
        runs = [run.id for run in self._attacked.runs]
        path = address.format(*runs, race=self._attacked.race)
        self.page.goto(f"{self._attacked.url}/{path}")
        served.wait_until_idle(self.page)

    def named(self, selector: str) -> Locator:
        """Return the elements that show a name of a run."""
        place = self.page.frame_locator("iframe") if selector.startswith(FRAME) else self.page
        shown = place.locator(selector.removeprefix(FRAME))
        return shown if selector == CHOSEN else shown.filter(has_text=FOREIGN_HOST)

    def references(self) -> list[str]:
        """Return the attributes of all frames that name the foreign host."""
        return [
            reference
            for frame in self.page.frames
            for reference in frame.evaluate(REFERENCES, FOREIGN_HOST)
        ]


@pytest.fixture(scope="module")
def visitor(browser: Browser, attacked: Attacked) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1280, "height": 1600}, reduced_motion="reduce")
    visitor = Visitor(context.new_page(), attacked)
    yield visitor
    context.close()
    assert not visitor.left


def test_a_followed_name_is_noticed(browser: Browser, attacked: Attacked) -> None:
    context = browser.new_context()
    visitor = Visitor(context.new_page(), attacked)
    visitor.page.set_content(f'<a href="https://{FOREIGN_HOST}/1">x</a>')
    assert visitor.references()
    assert not visitor.left
    with visitor.page.expect_request(f"https://{FOREIGN_HOST}/*"):
        visitor.page.set_content(f"<img src=https://{FOREIGN_HOST}/2>")
    assert visitor.left
    context.close()


def test_every_view_of_networks_is_visited() -> None:
    assert all(any(f"compare_view={view.key}&" in address for address in SHOWN) for view in VIEWS)


@pytest.mark.parametrize("address", SHOWN)
def test_no_page_follows_or_loads_what_a_name_says(
    visitor: Visitor, attacked: Attacked, address: str
) -> None:
    visitor.open(address)
    if SHOWN[address]:
        visitor.named(SHOWN[address]).first.wait_for(state="attached", timeout=60_000)
    assert not visitor.references()
    assert not visitor.left
    assert not attacked.server.tracebacks()


def test_a_chart_shows_a_name_as_it_is_written(visitor: Visitor) -> None:
    visitor.open(f"compare?compare_view=differ&compare_part=classes&{SEVERAL}")
    legend = visitor.page.locator(LEGEND)
    expect(legend).to_have_count(3, timeout=30_000)
    assert {LINK, MARKDOWN} < set(legend.all_text_contents())
