"""Stories in a real browser: headless Chromium, over a real socket."""
