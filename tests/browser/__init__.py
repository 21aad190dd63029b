"""The pages in a real browser: by pointer, by keyboard, without script; on a phone and a desk, light and dark."""

import pytest

# One worker process of a parallel run takes them all: the demo market they share takes a while to make.
BROWSER = [pytest.mark.browser, pytest.mark.campaign, pytest.mark.xdist_group("browser")]
