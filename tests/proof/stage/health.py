"""How a service is once everything has been sent."""

from __future__ import annotations

from . import Stage
from .service import Service


def healthy(stage: Stage, service: Service) -> list[str]:
    """What is wrong with the service and its log in the end. It is stopped by that."""
    wrong = []
    if service.process is None or service.process.poll() is not None:
        return ["the service has ended"]
    client = service.client("")
    wrong += [f"{path} says {client.get(path).status}" for path in ("/livez", "/readyz") if client.get(path).status != 200]
    lines = service.log.read_text(errors="replace").splitlines()
    bad = [line for line in lines if "panic" in line or " ERROR " in line]
    wrong += [f"the service's log: {line[:300]}" for line in bad][:10]
    whole = stage.dossier("verify", check=False).strip().splitlines()
    print("  verify: " + (whole[-1] if whole else "nothing"))
    code = service.stop()
    return wrong + ([f"the service ended with {code}"] if code else [])
