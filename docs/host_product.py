"""A host product in one file: gives each customer a space, publishes their events, lets their admin in.

HOOKDESK=https://hooks.example.com HOOKDESK_KEY=hki_... python host_product.py 4711 "Acme Ltd"
"""

import os
import sys

import requests

BASE = os.environ["HOOKDESK"].rstrip("/")
KEY = os.environ[
    "HOOKDESK_KEY"
]  # instance-key create --scope spaces:write --scope portal:write --scope events:write


def call(method, path, body, **headers):
    """One call; what it answers. A refusal says what is wrong and raises."""
    headers["Authorization"] = f"Bearer {KEY}"
    answer = requests.request(method, f"{BASE}/api/v1{path}", json=body, headers=headers, timeout=10)
    if not answer.ok:
        raise SystemExit(f"{method} {path}: {answer.json()['detail']}")
    return answer.json()


customer, name = sys.argv[1], sys.argv[2]

# As often as you like: it is made the first time and changed later.
space = call("PUT", f"/spaces/by-external-id/{customer}", {"name": name})

# The header says whose event it is, by your own id.
event = {"type": "lead.created", "object_id": "17", "data": {"id": 17, "email": "ada@example.com"}}
sent = call("POST", "/events", event, **{"Hookdesk-Space": f"ext:{customer}"})

# Works once. Send your customer's browser there, or make it the src of an iframe.
who = {"external_id": "user-7", "name": "Ada Lovelace"}
link = call(
    "POST", f"/spaces/{space['id']}/portal-links", {"permissions": ["webhooks.manage"], "person": who}
)
print(space["id"], sent["id"], sent["deliveries"], link["url"])
