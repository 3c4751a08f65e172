"""A small application that demonstrates aiohttp_flashbag."""
