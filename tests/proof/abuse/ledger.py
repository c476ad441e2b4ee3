"""Checks that the log has the acknowledged commands, and nothing else."""

from __future__ import annotations

from stage import Stage
from .worker import Outcome, Tenant

_REPORTED_MAX = 10


def check(stage: Stage, tenants: list[Tenant], outcomes: list[Outcome]) -> list[str]:
    """Returns what is wrong with the log of these tenants. Events from before the run come from the setup."""
    rows = stage.postgres.rows(
        "select metadata ->> 'request_id', count(*), min(payload::text) from events "
        "where tenant_id = any(%s::uuid[]) and metadata ->> 'request_id' not like 'furnish-%%' group by 1",
        [tenant.identity for tenant in tenants],
    )
    acknowledged: dict[str, list[int | None]] = {}
    unknown: set[str] = set()
    sentinels: dict[str, str] = {}
    for outcome in outcomes:
        for request, counts in outcome.acknowledged.items():
            acknowledged.setdefault(request, []).extend(counts)
        unknown |= outcome.unknown
        sentinels |= outcome.sentinels
    logged = {str(request): (int(str(count)), str(payload)) for request, count, payload in rows}
    wrong = []
    for request, (count, _) in logged.items():
        counts = acknowledged.get(request, [])
        # A mutated id belongs to a request over a raw socket.
        if not counts and request not in unknown and request.isascii():
            wrong.append(f"{count} events of {request}, which was refused")
        elif counts and None not in counts and request not in unknown and sum(one or 0 for one in counts) != count:
            wrong.append(f"{count} events of {request}, which was answered {counts}")
    for request, counts in acknowledged.items():
        if request not in logged and request not in unknown and any(counts):
            wrong.append(f"no event of {request}, which was answered {counts}")
    for request, name in sentinels.items():
        if f'"name":"{name}"' not in logged.get(request, (0, ""))[1].replace('": "', '":"'):
            wrong.append(f"the good command {request} is not in the log as it was sent")
    events = sum(count for count, _ in logged.values())
    print(
        f"  the log has {events} events of {len(logged)} requests; {len(acknowledged)} were acknowledged, "
        f"{len(sentinels)} good commands compared, {len(unknown)} not answered for certain: {len(wrong)} wrong"
    )
    return wrong[:_REPORTED_MAX]
