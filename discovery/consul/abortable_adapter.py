"""An HTTP adapter whose waiting read can be ended from another thread."""

import socket
from typing import Any

from requests.adapters import HTTPAdapter

KEEP_ALIVE = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)


class AbortableAdapter(HTTPAdapter):
    """Remembers the socket in use, because requests offers no way to end a read from another thread."""

    def __init__(self, **kwargs: Any) -> None:
        self._socket: socket.socket | None = None
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        """Make the kernel notice a peer that vanished while a query waits: within a minute, not within ten."""
        return super().init_poolmanager(*args, **kwargs, socket_options=KEEP_ALIVE)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return requests' own pool, whose connections report their sockets."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        adapter, plain = self, type(pool).ConnectionCls
        if pool.ConnectionCls is plain:

            class Reporting(plain):  # type: ignore[valid-type,misc]
                def connect(self) -> None:
                    super().connect()
                    adapter._socket = self.sock

            pool.ConnectionCls = Reporting
        return pool

    def abort(self) -> None:
        """Shut the socket down in both directions: a blocked read then ends at once."""
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it is closed already
