"""The Lua scripts of `RedisMailbox`.

Each touches one key, a hash with the mail of one user, and reads the clock of Redis. A field is the
id of a message. Its value is a line, `<leased until> <expires> <owner> <mailbox key as JSON>`, with
times in microseconds, followed by the packed flash as JSON. The scripts copy this JSON and never
parse it, because Lua cannot tell an empty list from an empty dict.

A client that loses its connection may send a script again that has already run. `PUT` and `CLAIM`
notice this. A damaged record is left to `CLAIM`, which returns it for a log line.
"""

_CLOCK = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
"""

PUT = f"""{_CLOCK}
local suffix, name, packed = ARGV[1], ARGV[2], ARGV[3]
local max_messages, max_age = tonumber(ARGV[4]), tonumber(ARGV[5])
local mail = redis.call('HGETALL', KEYS[1])
local at, pending = now, {{}}
for i = 1, #mail, 2 do
  local id, record = mail[i], mail[i + 1]
  local leased, expires, key, old = record:match('^(%d+) (%d+) %S+ ([^\\n]*)\\n(.*)$')
  if id:sub(14) == suffix and old == packed then
    return 0
  end
  at = math.max(at, (tonumber(id:sub(1, 13), 16) or 0) + 1)
  if leased and tonumber(leased) <= now then
    if tonumber(expires) <= now or (key == name and name ~= 'null') then
      redis.call('HDEL', KEYS[1], id)
    else
      pending[#pending + 1] = id
    end
  end
end
table.sort(pending)
local dropped = math.max(#pending + 1 - max_messages, 0)
for i = 1, dropped do
  redis.call('HDEL', KEYS[1], pending[i])
end
local record = string.format('0 %.0f - %s\\n%s', now + max_age * 1000000, name, packed)
redis.call('HSET', KEYS[1], string.format('%013x%s', at, suffix), record)
redis.call('EXPIRE', KEYS[1], max_age)
redis.pcall('PUBLISH', ARGV[6], ARGV[7])
return dropped
"""
"""KEYS: the hash. ARGV: random end of the id, mailbox key as JSON, packed flash, max_messages,
max_age in seconds, channel, user. Returns how many messages were dropped."""

CLAIM = f"""{_CLOCK}
local owner, lease = ARGV[1], tonumber(ARGV[2])
local mail = redis.call('HGETALL', KEYS[1])
local wait, claimed = -1, {{}}
for i = 1, #mail, 2 do
  local id, record = mail[i], mail[i + 1]
  local leased, expires, holder, rest = record:match('^(%d+) (%d+) (%S+) (.*)$')
  if not leased then
    claimed[#claimed + 1] = {{id, ''}}
  elseif tonumber(leased) > now and holder ~= owner then
    local left = tonumber(leased) - now
    wait = wait < 0 and left or math.min(wait, left)
  elseif tonumber(expires) <= now then
    redis.call('HDEL', KEYS[1], id)
  else
    record = string.format('%.0f %s %s %s', now + lease, expires, owner, rest)
    redis.call('HSET', KEYS[1], id, record)
    claimed[#claimed + 1] = {{id, rest:match('\\n(.*)$') or ''}}
  end
end
return {{wait, claimed}}
"""
"""KEYS: the hash. ARGV: owner, lease in microseconds. Returns the time until a lease ends (in
microseconds, or -1 if none is running), and pairs of an id and a packed flash."""

RELEASE = """
local released = 0
for i = 4, #ARGV do
  local record = redis.call('HGET', KEYS[1], ARGV[i])
  if record then
    local expires, holder, rest = record:match('^%d+ (%d+) (%S+) (.*)$')
    if holder == ARGV[1] then
      redis.call('HSET', KEYS[1], ARGV[i], '0 ' .. expires .. ' - ' .. rest)
      released = released + 1
    end
  end
end
if released > 0 then
  redis.pcall('PUBLISH', ARGV[2], ARGV[3])
end
return released
"""
"""KEYS: the hash. ARGV: owner, channel, user, ids. Returns how many messages were released."""

HAS_MAIL = "return redis.call('EXISTS', KEYS[1])"
"""KEYS: the hash. A script, because a cluster client may send `EXISTS` to a replica that lags."""
