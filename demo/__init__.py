"""A small application that shows what aiohttp_flashbag does."""
