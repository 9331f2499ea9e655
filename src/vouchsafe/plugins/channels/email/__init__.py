"""E-mail: mail comes in by LMTP, SMTP or from files, and leaves by SMTP or into a local folder.

Import from the modules: `parse`, `listener`, `send`. This file loads none of them, so that reading an attachment does
not start a mail server's libraries.
"""
