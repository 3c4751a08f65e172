"""The process that writes an export. Here it only takes a while."""

import time

if __name__ == "__main__":
    time.sleep(2)
