"""The space of the canaries as a program and its owner see it."""

from __future__ import annotations

import re
from typing import Any

import requests

from tests.machine.running import Running

VISIBLE = "no-secret-and-therefore-visible"


class Space:
    """The space as a program and its owner see it; `seen` is all that either was shown."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.key = running.api_key(running.space, "administrative")
        self.signing_key = running.flask(
            *("api-key", "create", "--space", running.space, "--scope", "administrative", "--action-api")
        ).splitlines()[-1]
        self.instance_key = running.flask("instance-key", "create", "--scope", "spaces:write").splitlines()[
            -1
        ]
        self.browser = requests.Session()
        self.seen: dict[str, str] = {}
        self.generated: dict[str, str] = {
            "API key": self.key.removeprefix("hkd_"),
            "instance key": self.instance_key.partition("_")[2],
            "key of the action API": self.signing_key.removeprefix("hkd_"),
        }

    def call(
        self, method: str, path: str, body: Any = None, keep: bool = True, refused: int = 409
    ) -> dict[str, Any]:
        """Call the API. `keep`: the answer must hold no secret. `refused`: another status it may have."""
        headers = {"Authorization": f"Bearer {self.key}"}
        url = f"{self.running.url}/api/v1{path}"
        answer = requests.request(method, url, json=body, headers=headers, timeout=20)
        assert answer.status_code < 300 or answer.status_code == refused, answer.text
        if keep:
            self.seen[f"{method} {path}"] = answer.text + str(answer.headers)
        return dict(answer.json()) if answer.content else {}

    def log_in(self) -> None:
        """As the owner."""
        form = {"email": self.running.owner_email, "password": self.running.owner_password}
        answer = self.submit("/login", {**form, "next": ""})
        assert "Log in" not in answer

    def look(self, path: str) -> str:
        """Open a page or read an API answer."""
        key = self.instance_key if path.startswith("/api/v1/spaces") else self.key
        bearer = {"Authorization": f"Bearer {key}"} if path.startswith("/api/v1") else {}
        answer = self.browser.get(self.running.url + path, headers=bearer, timeout=20)
        assert 200 <= answer.status_code < 300, f"{path}: {answer.status_code}"  # 286 ends polling
        assert "/login" not in answer.url, path
        self.seen[path] = answer.text + str(answer.headers)
        return answer.text

    def submit(self, path: str, form: dict[str, Any], files: dict[str, Any] | None = None) -> str:
        """Send a form. Returns the page that it leads to."""
        page = self.browser.get(
            f"{self.running.url}/{'login' if path == '/login' else 'password'}", timeout=20
        )
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert found
        answer = self.browser.post(
            self.running.url + path, data={"csrf_token": found[1], **form}, files=files, timeout=20
        )
        assert answer.status_code < 500
        self.seen[f"POST {path}"] = answer.text
        return answer.text

    def new_webhook(self, name: str, **settings: Any) -> str:
        """A webhook, on; its signing secret counts as planted."""
        base = {"name": name, "events": ["lead.created"], "headers": {"X-Team": VISIBLE}}
        made = self.call("POST", "/webhooks", {**base, **settings}, keep=False)
        self.generated[f"signing secret of {name}"] = made["secret"].removeprefix("whsec_")
        self.call("POST", f"/webhooks/{made['id']}/test")
        self.call("POST", f"/webhooks/{made['id']}/enable", {"force": True})
        return str(made["id"])
