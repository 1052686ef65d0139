"""PostgreSQL: the statement that claims due deliveries, fairly over webhooks, within their limits."""

from __future__ import annotations

from app.ledger.leases.entries import LEASE_MARGIN_MS, TIMES_AHEAD
from app.models.rate_limit import SECOND_US, SPREAD_FROM, TOGETHER_US

# `waiting` is a skip scan over the partial index ix_delivery_lane: from one webhook with waiting rows to
# the next, so it costs what the number of such webhooks is, not of rows. The order by due_at leaves the
# planner no other index: after a burst its statistics say "nearly all rows wait" long after that has ended.
# It begins behind the lane where the last claim ended (its first row, of round -1, is no lane), goes on from the
# first lane when there is none further, and once round. Each lane is looked up when it is its turn (lateral), so
# the walk ends as soon as there is enough: of 1,000 lanes with work a claim looks at those that it uses.
# `open` locks the lanes that this claim may use. A lane that another worker is claiming from or recording
# into is left out (SKIP LOCKED), and locking reads the newest `in_flight`: a cap is never passed. So is one that
# another changed since this statement began (xmin: who wrote the row last): the statement would still see its
# deliveries as they were before, and lease what has been leased or even sent meanwhile.
# `ahead`: webhooks of which this worker may lease more than may be under way, and how many it has leased. What others
# have leased counts as under way.
CAP = "case when webhook.ordered then 1 else least(webhook.max_in_flight, lane.concurrency_limit) end"

# The rule of `app.sending.rate_limiting`, for the claim's statement; null without a speed limit.
_SPACED = f"webhook.rate_per_s < {SPREAD_FROM}"
SPACING = f"""case when {_SPACED} then ({SECOND_US} + webhook.rate_per_s - 1) / webhook.rate_per_s
  else ({10 * SECOND_US} + 9 * webhook.rate_per_s - 1) / (9 * webhook.rate_per_s) end"""
START = f"""case when webhook.rate_per_s is not null then
  greatest(lane.rate_limited_until_us, %(now)s * 1000 - case when {_SPACED} then 0 else {TOGETHER_US} end) end"""
ALLOWED = f"coalesce((%(now)s * 1000 - ({START})) / ({SPACING}) + 1, webhook.max_in_flight)"

CLAIM = f"""
with recursive waiting as (
  select %(cursor)s::text collate "C" as webhook_id, -1 as round
  union all
  select next.webhook_id, next.round
  from waiting cross join lateral (
    (select d.webhook_id, greatest(waiting.round, 0) as round from delivery d
     where d.status = 'pending' and d.webhook_id > waiting.webhook_id
     order by d.webhook_id, d.due_at limit 1)
    union all
    (select d.webhook_id, 1 from delivery d
     where d.status = 'pending' and waiting.round < 1
     order by d.webhook_id, d.due_at limit 1)
    limit 1
  ) next
  where next.round = 0 or next.webhook_id <= %(cursor)s
), ahead as materialized (
  select key as webhook_id, value::int4 as own from json_each_text(%(ahead)s::json)
), open as (
  select lane.* from waiting cross join lateral (
    select lane.webhook_id, webhook.version, webhook.timeout_s, webhook.ordered, {SPACING} as spacing_us,
      {START} as start_us,
      case when ahead.own is null then least({CAP} - lane.in_flight, {ALLOWED})
        else greatest(0, least(%(most_ahead)s, {TIMES_AHEAD} * ({CAP} - lane.in_flight + ahead.own)) - ahead.own)
        end as free,
      case when ahead.own is null then 0 else {CAP} - lane.in_flight + ahead.own end as at_once
    from lane join webhook on webhook.id = lane.webhook_id
      left join ahead on ahead.webhook_id = lane.webhook_id and not webhook.ordered and webhook.rate_per_s is null
    where lane.webhook_id = waiting.webhook_id and webhook.state = 'on'
      and lane.xmin = (select seen.xmin from lane seen where seen.webhook_id = lane.webhook_id)
      and not (webhook.ordered and (lane.held_order is not null or lane.being_sorted))
      and lane.in_flight < {CAP} + coalesce(ahead.own, 0)
      and (webhook.rate_per_s is null or lane.rate_limited_until_us <= %(now)s * 1000)
      and (select d.due_at from delivery d where d.webhook_id = waiting.webhook_id and d.status = 'pending'
           order by d.due_at limit 1) <= %(now)s
    for no key update of lane skip locked
  ) lane
  where waiting.round >= 0
), picked as (
  select due.*, open.version, open.timeout_s, open.spacing_us, open.start_us, open.at_once,
    row_number() over () as place
  from open cross join lateral (
    select id, webhook_id, event_id, attempts_count, failed_attempts, manual, until_it_works, resume_at, was_delivered
    from delivery
    where webhook_id = open.webhook_id and status = 'pending' and due_at <= %(now)s
      and not exists (select 1 from lease where lease.delivery_id = delivery.id)
      and (not open.ordered or id = coalesce(
        (select id from delivery where webhook_id = open.webhook_id and status = 'pending' and in_order
         order by id limit 1),
        (select id from delivery where webhook_id = open.webhook_id and status = 'pending'
         order by due_at, id limit 1)))
    order by due_at limit open.free
  ) due
  limit %(capacity)s
), leased as (
  insert into lease (delivery_id, webhook_id, token, until)
  select id, webhook_id, %(token)s, %(now)s + timeout_s * 1000 + {LEASE_MARGIN_MS} from picked
), counted as (
  update lane set in_flight = lane.in_flight + taken.n,
    rate_limited_until_us = coalesce(taken.start_us + taken.n * taken.spacing_us, lane.rate_limited_until_us)
  from (select webhook_id, start_us, spacing_us, count(*) as n from picked group by 1, 2, 3) taken
  where lane.webhook_id = taken.webhook_id
)
select picked.id, picked.webhook_id, picked.version, picked.event_id, picked.attempts_count,
  picked.failed_attempts, picked.manual, picked.until_it_works, picked.resume_at,
  coalesce(event.type, ''), coalesce(event.occurred_at, 0), event.data, event.actor_id,
  picked.was_delivered, picked.at_once
from picked left join event on event.id = picked.event_id
order by picked.place
"""  # noqa: S608

# The same for the one webhook that the cursor names.
_WALK, _, _CLAIMING = CLAIM.partition("), ahead as ")
CLAIM_ONE = f"""
with waiting as (select %(cursor)s::text collate "C" as webhook_id, 0 as round), ahead as {_CLAIMING}"""
WAITING = "select distinct webhook_id from delivery where status = 'pending' order by webhook_id"
