"""Mail: messages for a user, sent from outside that user's requests.

The life of a message in a mailbox:

1. *Pending.* `await mailbox.flash("ann", "Export ready.")` in any process puts it there. It stays
   for at most `max_age` seconds. A later message with the same mailbox key replaces it.
2. *Claimed.* A request of the user claims all pending mail for `lease` seconds. Other requests do
   not see claimed mail.
3. *Settled.* The response showed it, or a script reported it: it is removed. Or *released*: the
   response did not show it, and it is pending again. If neither happens within the lease, because
   a worker died, it is pending again too.

This package implements these of the numbered rules:

U2  Mail is claimed for `lease` seconds. Others do not see it during that time.
U3  Shown mail is settled, other mail is released.
U4  Mail is shown once. If a claim ends without either, the mail is shown later.
U6  A subscription says that mail may be pending, never what it says.
U7  The first request that claims the mail shows it.
U8  Only `clear` drops mail before it expires.
U9  At most `max_messages` are pending, not counting claimed ones. `key` replaces.
U10 An unreachable mailbox delays `flash` by at most `timeout` seconds, and pages by one attempt.
"""

from .base import Claim, Mailbox, User
from .guard import Guard
from .memory import MemoryMailbox
from .redis import RedisMailbox
from .subscription import Subscription

__all__ = [
    "Claim",
    "Guard",
    "Mailbox",
    "MemoryMailbox",
    "RedisMailbox",
    "Subscription",
    "User",
]
