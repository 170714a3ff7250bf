"""Where the database is, and keeping an embedded PostgreSQL running while somebody uses it.

Three names suffice elsewhere: `home()` (the folder of all local state), `address(role)` (how to reach the
database as the application or as the owner of the schema) and `serving()` (a server is up in this block).
"""

from minzheng.database.client import serving
from minzheng.database.place import Address, Role, address, home, is_external, secret_folder, socket_folder

__all__ = ["Address", "Role", "address", "home", "is_external", "secret_folder", "serving", "socket_folder"]
