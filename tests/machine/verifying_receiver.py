"""A receiver as it should be: it verifies what it gets by the specification's own library, and takes POST alone."""

from __future__ import annotations

import ssl

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.machine.receiver import Answer, Received, Receiver


class VerifyingReceiver(Receiver):
    """Answers 401 to what does not verify, 405 to other methods, and as it is told to the rest."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.secret = ""

    def take(self, request: Received) -> Answer:
        """Keep it, and judge it."""
        answer = super().take(request)
        if request.method != "POST":
            return Answer(405)
        try:
            Webhook(self.secret).verify(request.body, dict(request.headers))
        except WebhookVerificationError:
            return Answer(401)
        return answer
