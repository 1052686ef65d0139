"""The portal on screen: the same pages, opened by a host product's link, with the rights and the look of that link.

`cookies` keeps it apart from a log-in, also in an iframe; `visitor` is who is there; `policy` is what they may call
and who may frame it; `pages` are the way in, the way out and the look.
"""
