"""The portal: a host product's customer comes into their space by a link, without a password (F6).

`links` makes links, `visits` opens them and knows who came by one, `ending` ends both, `theme` has their look.
"""
