"""What sending means, as small modules without Flask, RQ or a session.

`engine` is the loop. It asks the `ledger` for due deliveries, `composing` makes each request (with `render`
and `signing`), `app.outbound` carries it, `recording` turns the answer into an entry (with `verdict`,
`retry_schedule` and `masking`). `diagnosis` says in plain words why an attempt failed.
"""
