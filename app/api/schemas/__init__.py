"""What answers look like: typed dictionaries, from which the OpenAPI document is made. `shapes` fills them."""
