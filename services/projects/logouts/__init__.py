"""Sign-ins that the site's own issuer has ended, told to us by the issuer itself (back-channel logout)."""
