"""Messages of other systems become events of the space (D7).

`signatures` checks who sent a message, by preset; `schema` and `crud` keep the sources of an incoming webhook;
`mapping` picks type, data and id from a message; `receiving` does all of it for one call.
"""
