"""Takes the pictures of README from a running network with sample people. `make screenshots` runs it."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from running import CHROMIUM_ARGUMENTS, RunningServer  # noqa: E402

_PASSWORD = "only for a picture"  # noqa: S105 - of a network that lives for a minute


def keep(name: str, content: bytes) -> None:
    """Write a picture as small as it can be without looking worse."""
    path = ROOT / "docs" / "images" / name
    path.parent.mkdir(exist_ok=True)
    Image.open(io.BytesIO(content)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"wrote {path.relative_to(ROOT)}, {path.stat().st_size // 1024} KB\n")


def sign_in(page: Page, base: str) -> None:
    """Sign in as the reader."""
    page.goto(f"{base}/auth/sign_in")
    form = page.locator("form:has(input[type=password])")
    form.locator("input:not([type=password]):not([type=hidden])").first.fill("you")
    form.locator("input[type=password]").fill(_PASSWORD)
    form.locator("button").first.click()
    page.wait_for_url(f"{base}/home")


def main() -> None:
    """Make a network, look at it, forget it."""
    folder = Path(tempfile.mkdtemp(prefix="palabre-screenshots-"))
    server = RunningServer(folder / "data", limits="off")
    try:
        server.account("you", password=_PASSWORD, display_name="You")
        server.command("sample", "--data", str(server.data), "--reader", "you")
        server.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
            wide = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en", color_scheme="light")
            page = wide.new_page()
            sign_in(page, server.base_url)
            page.wait_for_load_state("networkidle")
            keep("home.png", page.screenshot())
            narrow = browser.new_context(
                viewport={"width": 390, "height": 780}, device_scale_factor=2, locale="en", color_scheme="dark"
            )
            page = narrow.new_page()
            sign_in(page, server.base_url)
            page.goto(f"{server.base_url}/@ines")
            page.wait_for_load_state("networkidle")
            keep("phone.png", page.screenshot())
            browser.close()
    finally:
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
