"""What the tests stand on: real databases, a real Redis, receivers, processes and a browser.

Nothing here asserts anything about Hookdesk, and nothing here is a stand-in for a part of it.
"""
