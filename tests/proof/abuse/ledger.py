"""Whether the log has what was acknowledged, and nothing else."""

from __future__ import annotations

from stage import Stage
from .worker import Outcome, Tenant

_TOLD_MAX = 10


def check(stage: Stage, tenants: list[Tenant], outcomes: list[Outcome]) -> list[str]:
    """What is wrong with the log of these tenants. Events from before the run are those that furnished them."""
    rows = stage.postgres.rows(
        "select metadata ->> 'request_id', count(*), min(payload::text) from events "
        "where tenant_id = any(%s::uuid[]) and metadata ->> 'request_id' not like 'furnish-%%' group by 1",
        [tenant.identity for tenant in tenants],
    )
    acknowledged: dict[str, list[int | None]] = {}
    unknown: set[str] = set()
    sentinels: dict[str, str] = {}
    for outcome in outcomes:
        for request, told in outcome.acknowledged.items():
            acknowledged.setdefault(request, []).extend(told)
        unknown |= outcome.unknown
        sentinels |= outcome.sentinels
    logged = {str(request): (int(str(count)), str(payload)) for request, count, payload in rows}
    wrong = []
    for request, (count, _) in logged.items():
        told = acknowledged.get(request, [])
        # An id that was itself changed on its way is that of a request over a socket.
        if not told and request not in unknown and request.isascii():
            wrong.append(f"{count} events of {request}, which was refused")
        elif told and None not in told and request not in unknown and sum(one or 0 for one in told) != count:
            wrong.append(f"{count} events of {request}, which was told of {told}")
    for request, told in acknowledged.items():
        if request not in logged and request not in unknown and any(told):
            wrong.append(f"no event of {request}, which was told of {told}")
    for request, name in sentinels.items():
        if f'"name":"{name}"' not in logged.get(request, (0, ""))[1].replace('": "', '":"'):
            wrong.append(f"the good command {request} is not in the log as it was sent")
    events = sum(count for count, _ in logged.values())
    print(
        f"  the log has {events} events of {len(logged)} requests; {len(acknowledged)} were acknowledged, "
        f"{len(sentinels)} good commands compared, {len(unknown)} not answered for certain: {len(wrong)} wrong"
    )
    return wrong[:_TOLD_MAX]
