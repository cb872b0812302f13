"""Names of runs that are links, images and markup: on no page does a browser follow them."""

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect

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
NAMING = ("train", "draw", "report", "compare")  # pages that show names as texts, not in a field
TEXT = "host => document.documentElement.innerText.includes(host)"


class Visitor:
    """A tab that reports which other hosts it asked for anything."""

    def __init__(self, page: Page, attacked: Attacked) -> None:
        self.page, self._attacked = page, attacked
        self.left: list[str] = []
        page.route("**/*", self._route)

    def _route(self, route: Route) -> None:
        url = route.request.url
        if url.startswith((self._attacked.url, "data:", "blob:", "about:")):
            route.continue_()
            return
        self.left.append(url)
        route.abort()

    def open(self, path: str) -> None:
        self.page.goto(f"{self._attacked.url}/{path}")
        served.wait_until_idle(self.page)

    def wait_for_a_name(self) -> None:
        """Wait until one of the runs' names can be read on the page."""
        for _ in range(300):
            with contextlib.suppress(Error):  # a frame that is loaded anew
                if any(frame.evaluate(TEXT, FOREIGN_HOST) for frame in self.page.frames):
                    return
            self.page.wait_for_timeout(100)
        pytest.fail(f"no name on {self.page.url}")

    def references(self) -> list[str]:
        """Return the attributes of all frames that name the foreign host."""
        return [
            reference
            for frame in self.page.frames
            for reference in frame.evaluate(REFERENCES, FOREIGN_HOST)
        ]


@pytest.fixture
def visitor(browser: Browser, attacked: Attacked) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1280, "height": 1600}, reduced_motion="reduce")
    visitor = Visitor(context.new_page(), attacked)
    yield visitor
    context.close()


def addresses(attacked: Attacked) -> list[str]:
    """Every page that names a run, with the three runs chosen wherever a network or run can be."""
    first, second, third = (run.id for run in attacked.runs)
    network = f"network={first}&other={second}&inside_other={second}&beside=network"
    several = "".join(f"&compare={key}" for key in (first, second, third))
    named = [
        f"train?run={first}",
        f"train?run={third}",
        f"time?run={first}",
        f"race?race={attacked.race}",
        f"draw?draw_networks={first}&draw_networks={second}",
        f"report?network={first}&report_against={second}&report_against={third}",
        f"embedding?{network}",
        f"inside?{network}",
    ]
    views = [f"compare_view={view.key}" for view in VIEWS]
    views += ["compare_view=charts&compare_chart=two"]
    views += [f"compare_view=differ&compare_part={key}" for key in ("two", "classes", "certainty")]
    return named + [f"compare?{view}{several}" for view in views]


def test_no_page_follows_or_loads_what_a_name_says(visitor: Visitor, attacked: Attacked) -> None:
    for address in addresses(attacked):
        visitor.open(address)
        if address.startswith(NAMING):
            visitor.wait_for_a_name()
        assert not visitor.references(), address
        assert not visitor.left, address
    assert not attacked.server.tracebacks()


def test_a_chart_shows_a_name_as_it_is_written(visitor: Visitor, attacked: Attacked) -> None:
    keys = "".join(f"&compare={run.id}" for run in attacked.runs)
    visitor.open(f"compare?compare_view=differ&compare_part=classes{keys}")
    legend = visitor.page.locator(".legendtext")
    expect(legend).to_have_count(3, timeout=30_000)
    assert {LINK, MARKDOWN} < set(legend.all_text_contents())
