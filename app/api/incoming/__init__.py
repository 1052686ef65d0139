"""The addresses of incoming webhooks: `{BASE_URL}/in/{token}` and below (D2, api.md "Incoming").

`door` knows the caller, serves and logs each call; `refusals` makes the answers to what is refused, S0's among them;
`events` reads what other systems send; `document` describes it all in OpenAPI. Who calls is known by the address:
there is no key, and no cookie.
"""

from app.api.incoming import document
from app.api.incoming.door import bp

__all__ = ["bp", "document"]
