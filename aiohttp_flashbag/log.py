"""The logger of the package."""

import logging

logger = logging.getLogger("aiohttp_flashbag")


def log_failure(problem: str, error: BaseException) -> None:
    """Log a failure (B7). Only the type of the error: its text may hold a session id or a key."""
    logger.error("%s: %s.%s", problem, type(error).__module__, type(error).__qualname__)
