"""The blueprints that the views of this noun attach to: the pages, and the addresses that they had before."""

from flask import Blueprint

bp = Blueprint("oauth_credentials", __name__, url_prefix="/settings/oauth-connections")
# The callback stays here: it is registered at the authorisation servers of other people.
former_bp = Blueprint("oauth_callback", __name__, url_prefix="/settings/sign-ins")
