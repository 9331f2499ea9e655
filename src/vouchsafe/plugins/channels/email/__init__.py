"""E-mail: mail comes in by LMTP, SMTP or from files, and leaves by SMTP or into a local folder."""
